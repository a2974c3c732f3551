// age opens a sealed record with the code of filippo.io/age, as docs/FORMAT.md
// tells it, and checks it against the record's line in the log.
//
//	age LEAF HEADER BODY ROW SHARE
//
// The five are files: the entry's line, the two halves of the age file, the 32 bytes
// that the row of the bucket's key opens to, and the share of the same name. The plaintext goes to standard output; it ends with
// status 1 and one line when anything is not right.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/hkdf"
)

// leaf is what the log says of the record.
type leaf struct {
	Record string
	Bucket string
	Sealed struct {
		Sha256 string
		Size   int
	}
	Commitment string
}

// bucket is an age identity: a bucket whose key is made of a row and of a share. It
// remembers the file key that it unwrapped, for the commitment.
type bucket struct {
	name    string
	secrets []byte
	fileKey []byte
}

func (b *bucket) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, stanza := range stanzas {
		if stanza.Type != "muniment-bucket" || len(stanza.Args) != 2 {
			continue
		}
		row := stanza.Args[0]
		if !strings.HasPrefix(row, b.name+".") {
			return nil, fmt.Errorf("the header is of the bucket %s", row)
		}
		key := derive(b.secrets, []byte(row), "muniment/bucket/v1")
		salt, err := base64.RawStdEncoding.DecodeString(stanza.Args[1])
		if err != nil || len(salt) != 16 {
			return nil, fmt.Errorf("the stanza's salt is malformed")
		}
		aead, err := chacha20poly1305.New(derive(key, salt, "muniment/bucket-stanza/v1"))
		if err != nil {
			return nil, err
		}
		b.fileKey, err = aead.Open(nil, make([]byte, aead.NonceSize()), stanza.Body, nil)
		return b.fileKey, err
	}
	return nil, age.ErrIncorrectIdentity
}

func main() {
	if len(os.Args) != 6 {
		fail("usage: age LEAF HEADER BODY ROW SHARE")
	}
	line, header, body, row := read(1), read(2), read(3), read(4)
	share, err := hex.DecodeString(strings.TrimSuffix(string(read(5)), "\n"))
	must(err, "the share")
	if len(row) != 32 || len(share) != 32 {
		fail("the row and the share have 32 bytes each")
	}
	var entry leaf
	must(json.Unmarshal(line, &entry), "the leaf")
	digest := sha256.Sum256(body)
	if hex.EncodeToString(digest[:]) != entry.Sealed.Sha256 || len(body) != entry.Sealed.Size {
		fail("the body is not the one that the leaf names")
	}

	identity := &bucket{name: entry.Bucket, secrets: append(row, share...)}
	opened, err := age.Decrypt(io.MultiReader(bytes.NewReader(header), bytes.NewReader(body)), identity)
	must(err, "opening")
	plaintext, err := io.ReadAll(opened)
	must(err, "reading")

	record, err := hex.DecodeString(entry.Record)
	must(err, "the record's id")
	mac := hmac.New(sha256.New, derive(identity.fileKey, record, "muniment/commitment/v1"))
	mac.Write(plaintext)
	if hex.EncodeToString(mac.Sum(nil)) != entry.Commitment {
		fail("the plaintext is not what the leaf commits to")
	}
	os.Stdout.Write(plaintext)
}

// derive is HKDF-SHA256 to 32 bytes.
func derive(secret, salt []byte, info string) []byte {
	key := make([]byte, 32)
	_, err := io.ReadFull(hkdf.New(sha256.New, secret, salt, []byte(info)), key)
	must(err, "deriving a key")
	return key
}

func read(argument int) []byte {
	data, err := os.ReadFile(os.Args[argument])
	must(err, os.Args[argument])
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
