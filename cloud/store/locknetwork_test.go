package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"muster/access"
)

// A stranger who types wrong passwords all day locks nobody out but himself. Many
// strangers lock everybody, for a while.
func TestStrangersLockNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	email := "north@acme.example"
	guess := func(network string) error {
		_, err := w.Authenticate(context.WithValue(t.Context(), access.NetworkKey{}, network), email, "guess guess guess")
		return err
	}
	home := context.WithValue(t.Context(), access.NetworkKey{}, "192.0.2.7")
	for range 5 {
		if err := guess("198.51.100.1"); !errors.Is(err, access.ErrForbidden) {
			t.Fatal(err)
		}
	}
	for range 200 {
		if err := guess("198.51.100.1"); !errors.Is(err, access.ErrTooMany) {
			t.Fatalf("guessing goes on: %v", err)
		}
	}
	must(w.Authenticate(home, email, password))(t)
	if err := guess("198.51.100.1"); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("somebody else's success unlocks a stranger: %v", err)
	}
	tries := 0
	for network := range 100 {
		for range 5 {
			if err := guess(fmt.Sprintf("203.0.113.%d", network)); errors.Is(err, access.ErrForbidden) {
				tries++
			}
		}
	}
	if tries != maxAnywhere {
		t.Errorf("%d tries from everywhere", tries)
	}
	if _, err := w.Authenticate(home, email, password); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("at home: %v", err)
	}
	w.clock.forward(lockTime)
	must(w.Authenticate(home, email, password))(t)
}
