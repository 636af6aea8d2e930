package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"muster/invite"
)

// Seal makes the tag by which a message is known again when it comes back, and
// reads it. A tag carries a MAC, so that nobody can make up a bounce for a message
// he has not seen. It holds only letters and digits, and survives servers that
// change case.
type Seal struct{ key []byte }

const (
	macLength = 9                                // bytes: guessing one is hopeless over a network
	tagLength = (16 + macLength) * 8 / 5         // characters, without rest
	minKey    = 16                               // bytes
	sealUse   = "muster notify tag of a message" // keeps this key's use apart from any other
)

var (
	tagLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	tagShape   = regexp.MustCompile(`[A-Za-z2-7]{40,}`)
	errKey     = errors.New("a secret for bounces needs at least 16 bytes")
)

// NewSeal makes tags with a secret of at least 16 bytes, which every cloud over
// one database must share and keep.
func NewSeal(secret Secret) (Seal, error) {
	if len(secret.text) < minKey {
		return Seal{}, errKey
	}
	return Seal{[]byte(secret.text)}, nil
}

// Tag names a message. It fails for an id that is not a UUID.
func (s Seal) Tag(id invite.MessageID) (string, error) {
	u, err := uuid.Parse(string(id))
	if err != nil {
		return "", err
	}
	return tagLetters.EncodeToString(append(u[:], s.mac(u[:])...)), nil
}

// Open gives the message of a tag, if the tag was made with this seal.
func (s Seal) Open(tag string) (invite.MessageID, bool) {
	if len(tag) != tagLength {
		return "", false
	}
	raw, err := tagLetters.DecodeString(strings.ToLower(tag))
	if err != nil || !hmac.Equal(raw[16:], s.mac(raw[:16])) {
		return "", false
	}
	return invite.MessageID(uuid.UUID(raw[:16]).String()), true
}

// Find looks for a tag anywhere in a text.
func (s Seal) Find(text string) (invite.MessageID, bool) {
	for _, run := range tagShape.FindAllString(text, 16) {
		if id, ok := s.Open(run); ok {
			return id, true
		}
	}
	return "", false
}

func (s Seal) mac(id []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(sealUse))
	m.Write(id)
	return m.Sum(nil)[:macLength]
}
