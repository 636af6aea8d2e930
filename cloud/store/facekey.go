package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"muster/attendance"
)

// faceKeySize is that of AES-256.
const faceKeySize = 32

// FaceKeys are the cloud's keys for face pictures. They are not in the database:
// whoever has only that, or a backup of it, can't look at a picture. The first wraps,
// all unwrap, so that one can take the place of another. Every cloud of a database
// needs the same.
type FaceKeys struct{ keys []faceKey }

type faceKey struct {
	name string // says nothing about the key
	aead cipher.AEAD
}

var errFaceKey = errors.New("a key for face pictures is 32 bytes in base64, one on a line")

// NewFaceKey draws a key, as a line of a file.
func NewFaceKey() string {
	key := make([]byte, faceKeySize)
	_, _ = rand.Read(key) // never fails since Go 1.24: it ends the program instead
	return base64.StdEncoding.EncodeToString(key) + "\n"
}

// ParseFaceKeys reads the lines of a key file, the newest key first. Empty lines and
// those that begin with # don't count.
func ParseFaceKeys(file []byte) (*FaceKeys, error) {
	k := new(FaceKeys)
	for i, line := range bytes.Split(file, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil || len(key) != faceKeySize {
			return nil, fmt.Errorf("line %d: %w", i+1, errFaceKey)
		}
		aead, err := newAEAD(key)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		sum := sha256.Sum256(append([]byte("muster face key name\n"), key...))
		k.keys = append(k.keys, faceKey{hex.EncodeToString(sum[:8]), aead})
	}
	if len(k.keys) == 0 {
		return nil, errFaceKey
	}
	return k, nil
}

// FaceIDKeys gives the store the keys for face pictures. Without them no
// organisation's policy says that there is Face ID, whatever was decided.
func FaceIDKeys(k *FaceKeys) Option { return func(s *Store) { s.faceKeys = k } }

// names lists the keys that there are.
func (k *FaceKeys) names() []string {
	if k == nil {
		return nil
	}
	names := make([]string, len(k.keys))
	for i, one := range k.keys {
		names[i] = one.name
	}
	return names
}

// newAEAD is AES-256-GCM with nonces drawn at random: no key seals more than a few
// thousand things.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// facePicture is a picture as it is kept.
type facePicture struct {
	id      string
	org     attendance.OrgID
	profile attendance.ProfileID
	key     string // name of the cloud's
	wrapped []byte
	sealed  []byte
}

// about binds what is sealed to its place: nobody's picture can be put into another
// row.
func (p facePicture) about(what string) []byte {
	return []byte(strings.Join([]string{"muster face " + what, p.id, string(p.org), string(p.profile)}, "\n"))
}

// seal encrypts a picture under a fresh key of its own, and wraps that.
func (k *FaceKeys) seal(p *facePicture, jpeg []byte) error {
	key := make([]byte, faceKeySize)
	defer clear(key)
	_, _ = rand.Read(key) // as above
	own, err := newAEAD(key)
	if err != nil {
		return err
	}
	p.id = rand.Text()
	p.sealed = own.Seal(nil, nil, jpeg, p.about("picture"))
	k.wrap(p, key)
	return nil
}

func (k *FaceKeys) wrap(p *facePicture, key []byte) {
	p.key = k.keys[0].name
	p.wrapped = k.keys[0].aead.Seal(nil, nil, key, p.about("key"))
}

// errFaceLost says that the key which a picture needs isn't among the cloud's, or
// that the row was changed.
var errFaceLost = errors.New("a face picture can't be opened with the keys of this cloud")

func (k *FaceKeys) unwrap(p facePicture) ([]byte, error) {
	if k != nil {
		for _, one := range k.keys {
			if one.name != p.key {
				continue
			}
			if key, err := one.aead.Open(nil, nil, p.wrapped, p.about("key")); err == nil {
				return key, nil
			}
		}
	}
	return nil, errFaceLost
}

// open returns the picture.
func (k *FaceKeys) open(p facePicture) ([]byte, error) {
	key, err := k.unwrap(p)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	own, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	jpeg, err := own.Open(nil, nil, p.sealed, p.about("picture"))
	if err != nil {
		return nil, errFaceLost
	}
	return jpeg, nil
}
