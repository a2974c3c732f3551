package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// staticLog is a log as any web server would serve it: DIR/checkpoint, DIR/tile/… .
type staticLog struct {
	dir      string
	tree     tlog.Tree
	reader   tlog.HashReader
	expected map[string][]byte
}

// walk checks a static log as an auditor would who has its public key alone. What
// it reads goes through tlog.TileHashReader, which takes no hash that does not lead
// to the signed root.
func walk(dir, keyFile string) {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(".", keyFile))))
	must(err, keyFile)
	key := &logCopy{origin: verifier.Name(), verifier: verifier}
	log := &staticLog{dir: dir, expected: map[string][]byte{}}
	log.tree = key.open("checkpoint", read(dir, "checkpoint"))
	log.reader = tlog.TileHashReader(log.tree, log)
	tiles := log.walkTiles()
	entries := log.walkEntries()
	log.walkRest()
	proofs := log.prove()
	fmt.Printf("entries %d tiles %d proofs %d\n", entries, tiles, proofs)
}

func (log *staticLog) Height() int { return tileHeight }

func (log *staticLog) SaveTiles([]tlog.Tile, [][]byte) {}

func (log *staticLog) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		bytes, err := os.ReadFile(filepath.Join(log.dir, tilePath(tile)))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// tilePath is Go's name of a tile less the height, which C2SP leaves out.
func tilePath(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

// lastTiles lists the tiles of a tree, partial ones in their last width: Go lists
// them in every width that they had.
func lastTiles(size int64) (last []tlog.Tile) {
	tiles := tlog.NewTiles(tileHeight, 0, size)
	for at, tile := range tiles {
		if at+1 < len(tiles) && tiles[at+1].L == tile.L && tiles[at+1].N == tile.N {
			continue
		}
		last = append(last, tile)
	}
	return last
}

// walkTiles checks that every tile is there, with the hashes of the tree.
func (log *staticLog) walkTiles() (count int) {
	if log.tree.N == 0 && log.tree.Hash != tlog.Hash(sha256.Sum256(nil)) {
		fail("the root of no entries is another")
	}
	for _, tile := range lastTiles(log.tree.N) {
		data, err := tlog.ReadTileData(tile, log.reader)
		must(err, tilePath(tile))
		if !bytes.Equal(data, read(log.dir, tilePath(tile))) {
			fail("%s has other hashes", tilePath(tile))
		}
		log.expected[tilePath(tile)] = data
		count++
	}
	return count
}

// walkEntries checks that every bundle is there, and that its entries are those
// whose hashes stand in the tree.
func (log *staticLog) walkEntries() (count int64) {
	for _, tile := range lastTiles(log.tree.N) {
		if tile.L != 0 {
			continue
		}
		path := strings.Replace(tilePath(tile), "tile/0/", "tile/entries/", 1)
		bundle := read(log.dir, path)
		log.expected[path] = bundle
		for entry := 0; entry < tile.W; entry++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail("%s is cut short", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hash := tlog.RecordHash(bundle[2:end])
			hashes := log.expected[tilePath(tile)]
			if !bytes.Equal(hash[:], hashes[entry*tlog.HashSize:(entry+1)*tlog.HashSize]) {
				fail("%s: entry %d is not the tree's", path, count)
			}
			bundle = bundle[end:]
			count++
		}
		if len(bundle) > 0 {
			fail("%s: %d bytes behind the last entry", path, len(bundle))
		}
	}
	if count != log.tree.N {
		fail("%d entries, %d are signed", count, log.tree.N)
	}
	return count
}

// walkRest checks that nothing else is there but the partial tiles and bundles of
// earlier checkpoints, which are the beginnings of those that are there now.
func (log *staticLog) walkRest() {
	for _, path := range files(log.dir, "") {
		base, _, partial := strings.Cut(path, ".p/")
		switch {
		case path == "checkpoint" || log.expected[path] != nil:
		case !partial || !log.begins(base, read(log.dir, path)):
			fail("%s is no file of this log", path)
		}
	}
}

func (log *staticLog) begins(base string, partial []byte) bool {
	for path, data := range log.expected {
		if (path == base || strings.HasPrefix(path, base+".p/")) && bytes.HasPrefix(data, partial) {
			return len(partial) > 0
		}
	}
	return false
}

// prove makes proofs over the tiles, of entries and of earlier trees all over the
// log, and checks them.
func (log *staticLog) prove() (count int) {
	size := log.tree.N
	step := size/23 + 1
	for at := int64(0); at < size; at += step {
		for _, index := range []int64{at, size - 1 - at} {
			name := fmt.Sprintf("inclusion of %d", index)
			proof, err := tlog.ProveRecord(size, index, log.reader)
			must(err, name)
			hashes, err := log.reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			must(err, name)
			must(tlog.CheckRecord(proof, size, log.tree.Hash, index, hashes[0]), name)

			name = fmt.Sprintf("consistency of %d", index+1)
			old, err := tlog.TreeHash(index+1, log.reader)
			must(err, name)
			tree, err := tlog.ProveTree(size, index+1, log.reader)
			must(err, name)
			must(tlog.CheckTree(tree, size, log.tree.Hash, index+1, old), name)
			count += 2
		}
	}
	return count
}
