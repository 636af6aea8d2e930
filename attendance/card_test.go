package attendance_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
)

func uids() *rapid.Generator[[]byte] {
	return rapid.SliceOfN(rapid.Byte(), 1, 12)
}

// The number on a card must not come back out of what is stored, and must not be
// the same in two organisations.
func TestCardIDDependsOnKeyAndNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := attendance.NewCardKey(), attendance.NewCardKey()
		uid, other := uids().Draw(t, "uid"), uids().Draw(t, "other")
		id := a.ID(uid)
		if id != a.ID(uid) {
			t.Fatal("the same card has two ids")
		}
		if id == b.ID(uid) {
			t.Fatal("two organisations have the same id")
		}
		if string(uid) != string(other) && id == a.ID(other) {
			t.Fatal("two cards have the same id")
		}
		if back, err := attendance.ParseCardID(string(id)); err != nil || back != id {
			t.Fatalf("ParseCardID(%q) = %q, %v", id, back, err)
		}
		if s := id.Short(); len(s) != 8 || !strings.HasPrefix(string(id), s) {
			t.Fatalf("Short() = %q", s)
		}
	})
}

// The id is part of what is stored: it must not change between versions. The
// value was computed with another implementation of HMAC-SHA-256 (Python's hmac).
func TestCardIDIsStable(t *testing.T) {
	t.Parallel()
	var key attendance.CardKey
	for i := range key {
		key[i] = byte(i)
	}
	const want = "d4d3ee42b08824989cbc13fdf3da3dc2e2ff38c80b4da858efddd97526ab0219"
	if got := key.ID([]byte{0x04, 0xa1, 0xb2, 0xc3}); got != want {
		t.Errorf("ID = %s, want %s", got, want)
	}
}

func TestParseCardIDRefuses(t *testing.T) {
	t.Parallel()
	good := strings.Repeat("0a", 32)
	for _, s := range []string{"", "0a", good + "00", good[:63], strings.ToUpper(good), strings.Repeat("0g", 32), " " + good[1:]} {
		if id, err := attendance.ParseCardID(s); err == nil {
			t.Errorf("ParseCardID(%q) = %q", s, id)
		}
	}
}

func TestShortOfAShortCardID(t *testing.T) {
	t.Parallel()
	if s := attendance.CardID("abc").Short(); s != "abc" {
		t.Errorf("Short() = %q", s)
	}
}

func TestRandomUID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		uid          []byte
		random, good bool
	}{
		{[]byte{0x08, 1, 2, 3}, true, true},
		{[]byte{0x04, 1, 2, 3}, false, true},
		{[]byte{0x08, 1, 2, 3, 4, 5, 6}, false, true}, // only single-size UIDs are random
		{make([]byte, 10), false, true},
		{[]byte{0x08}, false, false},
		{nil, false, false},
		{make([]byte, 5), false, false},
		{make([]byte, 11), false, false},
	} {
		if got := attendance.RandomUID(c.uid); got != c.random {
			t.Errorf("RandomUID(% x) = %v", c.uid, got)
		}
		if got := attendance.ValidUID(c.uid); got != c.good {
			t.Errorf("ValidUID(% x) = %v", c.uid, got)
		}
	}
}

// A card that goes from one hand to the next is in exactly one of them at any
// time, the moment of the change included.
func TestCardIsInOneHand(t *testing.T) {
	t.Parallel()
	change := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	old := attendance.Card{From: change.Add(-time.Hour), To: change}
	next := attendance.Card{From: change}
	rapid.Check(t, func(t *rapid.T) {
		at := change.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "at")))
		if old.Holds(at) == next.Holds(at) {
			t.Fatalf("at %v both or neither hold the card", at)
		}
	})
	if !old.Holds(old.From) || old.Holds(old.From.Add(-1)) || !next.Holds(change.AddDate(50, 0, 0)) {
		t.Error("from is not inclusive, or an open assignment ends")
	}
}
