package attendance

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// CardKey is the secret of one organisation under which card numbers are
// hashed: a stolen table of cards is of no use without it, and the same card
// is a different CardID in another organisation.
type CardKey [32]byte

// NewCardKey draws a key from the system's random source.
func NewCardKey() CardKey {
	var k CardKey
	_, _ = rand.Read(k[:]) // never fails since Go 1.24: it ends the program instead
	return k
}

// CardID stands for a card wherever one is stored or sent: 64 lower-case
// hexadecimal digits, the HMAC-SHA-256 of the UID under the organisation's key.
type CardID string

// ID hashes a UID as read from the card.
func (k CardKey) ID(uid []byte) CardID {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("muster card uid v1\x00"))
	mac.Write(uid)
	return CardID(hex.EncodeToString(mac.Sum(nil)))
}

// ParseCardID reads a card id that came from outside.
func ParseCardID(s string) (CardID, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != s {
		return "", fmt.Errorf("not a card id")
	}
	return CardID(s), nil
}

// Short returns the first eight digits: enough for two people to tell over the
// telephone that they mean the same card, too few to be of use to a third.
func (c CardID) Short() string { return string(c[:min(8, len(c))]) }

// RandomUID tells whether a UID was drawn at random for this one tap and so
// can't stand for anybody. ISO/IEC 14443-3 reserves single-size UIDs that begin
// with 08 for this; phones and passports answer so.
func RandomUID(uid []byte) bool { return len(uid) == 4 && uid[0] == 0x08 }

// ValidUID tells whether a UID has one of the three lengths that
// ISO/IEC 14443-3 knows: 4, 7 or 10 bytes.
func ValidUID(uid []byte) bool { return len(uid) == 4 || len(uid) == 7 || len(uid) == 10 }

// Card is one assignment of a card to a person. A card that changes hands has
// one assignment after another; a punch is resolved at its own time.
type Card struct {
	ID      CardID
	Profile ProfileID
	From    time.Time // inclusive
	To      time.Time // exclusive; zero while the assignment is open
	Blocked bool      // lost or withdrawn: refused with a reason of its own
}

// Holds tells whether the assignment is in force at t.
func (c Card) Holds(t time.Time) bool {
	return !t.Before(c.From) && (c.To.IsZero() || t.Before(c.To))
}
