// xmod checks a copy of a log with the code of Go's checksum database
// (golang.org/x/mod/sumdb), which knows nothing of Muniment.
//
//	xmod check DIR        a log with proofs and receipts beside it, see readCopy
//	xmod walk DIR KEYFILE a log in the layout of C2SP tlog-tiles and nothing else
//	xmod sign KEYFILE     signs the note text on standard input
//
// It ends with status 1 and one line at the first thing that is not right.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "check":
		check(os.Args[2])
	case len(os.Args) == 4 && os.Args[1] == "walk":
		walk(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "sign":
		sign(os.Args[2])
	default:
		fail("usage: xmod check DIR | xmod walk DIR KEYFILE | xmod sign KEYFILE")
	}
}

// inclusion and consistency are what the files of proofs hold.
type inclusion struct {
	Index, Size int64
	Hashes      []string
}

type consistency struct {
	Old, New int64
	Hashes   []string
}

// logCopy is a log with all its hashes, recomputed from the entries.
type logCopy struct {
	dir      string
	origin   string
	verifier note.Verifier
	leaves   []tlog.Hash
	stored   []tlog.Hash
}

func check(dir string) {
	log := readCopy(dir)
	checkpoints := log.checkCheckpoints()
	tiles := log.checkTiles()
	inclusions := log.checkInclusions()
	consistencies := log.checkConsistencies()
	receipts := log.checkReceipts()
	fmt.Printf("leaves %d checkpoints %d tiles %d inclusions %d consistencies %d receipts %d\n",
		len(log.leaves), checkpoints, tiles, inclusions, consistencies, receipts)
}

// readCopy reads DIR/log.vkey and the bundles DIR/tile/entries/…, and hashes
// every entry anew.
func readCopy(dir string) *logCopy {
	log := &logCopy{dir: dir}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(dir, "log.vkey"))))
	must(err, "log.vkey")
	log.verifier, log.origin = verifier, verifier.Name()
	for _, path := range files(dir, "tile/entries") {
		for bundle := read(dir, path); len(bundle) > 0; {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail("%s is cut short", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			log.append(bundle[2:end])
			bundle = bundle[end:]
		}
	}
	return log
}

func (log *logCopy) append(entry []byte) {
	hashes, err := tlog.StoredHashes(int64(len(log.leaves)), entry, log.reader())
	must(err, "hashing an entry")
	log.stored = append(log.stored, hashes...)
	log.leaves = append(log.leaves, tlog.RecordHash(entry))
}

func (log *logCopy) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			if index >= int64(len(log.stored)) {
				return nil, fmt.Errorf("there is no hash %d", index)
			}
			hashes = append(hashes, log.stored[index])
		}
		return hashes, nil
	})
}

func (log *logCopy) root(size int64) tlog.Hash {
	root, err := tlog.TreeHash(size, log.reader())
	must(err, "computing a root")
	return root
}

// open checks the signature of a checkpoint and reads it.
func (log *logCopy) open(name string, text []byte) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(log.verifier))
	must(err, name)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != log.origin {
		fail("%s: the note is not a checkpoint of %s", name, log.origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, name)
	root, err := tlog.ParseHash(lines[2])
	must(err, name)
	return tlog.Tree{N: size, Hash: root}
}

// checkCheckpoints checks DIR/checkpoints/*: each is signed and has the root
// that the entries have at its size.
func (log *logCopy) checkCheckpoints() (count int) {
	for _, path := range files(log.dir, "checkpoints") {
		tree := log.open(path, read(log.dir, path))
		if tree.Hash != log.root(tree.N) {
			fail("%s: the entries have another root at size %d", path, tree.N)
		}
		count++
	}
	return count
}

// checkTiles checks DIR/tile/LEVEL/…: exactly those tiles that Go would make of
// the tree, under the names that Go would give them (less the height).
func (log *logCopy) checkTiles() (count int) {
	expected := map[string]bool{}
	for _, tile := range lastTiles(int64(len(log.leaves))) {
		path := tilePath(tile)
		data, err := tlog.ReadTileData(tile, log.reader())
		must(err, path)
		if !bytes.Equal(data, read(log.dir, path)) {
			fail("%s has other hashes", path)
		}
		expected[path] = true
		count++
	}
	for _, path := range files(log.dir, "tile") {
		if !strings.HasPrefix(path, "tile/entries/") && !expected[path] {
			fail("%s is no tile of this tree", path)
		}
	}
	return count
}

// checkInclusions checks DIR/inclusion.json: each proof leads to the root, and
// is the one that Go makes.
func (log *logCopy) checkInclusions() int {
	var all []inclusion
	must(json.Unmarshal(read(log.dir, "inclusion.json"), &all), "inclusion.json")
	for _, one := range all {
		name := fmt.Sprintf("inclusion of %d in %d", one.Index, one.Size)
		ours := tlog.RecordProof(hashes(name, one.Hashes))
		err := tlog.CheckRecord(ours, one.Size, log.root(one.Size), one.Index, log.leaves[one.Index])
		must(err, name)
		gos, err := tlog.ProveRecord(one.Size, one.Index, log.reader())
		must(err, name)
		if !reflect.DeepEqual([]tlog.Hash(ours), append([]tlog.Hash{}, gos...)) {
			fail("%s: Go proves it otherwise", name)
		}
	}
	return len(all)
}

// checkConsistencies checks DIR/consistency.json in the same way.
func (log *logCopy) checkConsistencies() int {
	var all []consistency
	must(json.Unmarshal(read(log.dir, "consistency.json"), &all), "consistency.json")
	for _, one := range all {
		name := fmt.Sprintf("consistency of %d with %d", one.Old, one.New)
		ours := tlog.TreeProof(hashes(name, one.Hashes))
		must(tlog.CheckTree(ours, one.New, log.root(one.New), one.Old, log.root(one.Old)), name)
		gos, err := tlog.ProveTree(one.New, one.Old, log.reader())
		must(err, name)
		if !reflect.DeepEqual([]tlog.Hash(ours), append([]tlog.Hash{}, gos...)) {
			fail("%s: Go proves it otherwise", name)
		}
	}
	return len(all)
}

// checkReceipts checks DIR/receipts/INDEX: files of C2SP tlog-proof that carry
// their entry as extra data.
func (log *logCopy) checkReceipts() (count int) {
	for _, path := range files(log.dir, "receipts") {
		proof, checkpoint, found := strings.Cut(string(read(log.dir, path)), "\n\n")
		lines := strings.Split(proof, "\n")
		if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
			fail("%s is no tlog-proof", path)
		}
		entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
		must(err, path)
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
		must(err, path)
		if filepath.Base(path) != strconv.FormatInt(index, 10) {
			fail("%s is the receipt of entry %d", path, index)
		}
		tree := log.open(path, []byte(checkpoint))
		ours := tlog.RecordProof(hashes(path, lines[3:]))
		must(tlog.CheckRecord(ours, tree.N, tree.Hash, index, tlog.RecordHash(entry)), path)
		if tlog.RecordHash(entry) != log.leaves[index] {
			fail("%s carries another entry", path)
		}
		count++
	}
	return count
}

func sign(keyFile string) {
	key := strings.TrimSpace(string(read(".", keyFile)))
	signer, err := note.NewSigner(key)
	must(err, "the key")
	text, err := io.ReadAll(os.Stdin)
	must(err, "standard input")
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	must(err, "signing")
	os.Stdout.Write(signed)
}

func hashes(name string, texts []string) []tlog.Hash {
	parsed := []tlog.Hash{}
	for _, text := range texts {
		bytes, err := base64.StdEncoding.DecodeString(text)
		must(err, name)
		if len(bytes) != tlog.HashSize {
			fail("%s: a hash of %d bytes", name, len(bytes))
		}
		parsed = append(parsed, *(*tlog.Hash)(bytes))
	}
	return parsed
}

// files lists what lies under a directory, in the order of the paths: that is
// the order of bundles too, below a thousand of them.
func files(dir, under string) (paths []string) {
	err := filepath.Walk(filepath.Join(dir, under), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		paths = append(paths, filepath.ToSlash(relative))
		return err
	})
	must(err, under)
	return paths
}

func read(dir, path string) []byte {
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	data, err := os.ReadFile(path)
	must(err, path)
	return data
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
