package store_test

import (
	"fmt"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
)

// BenchmarkAppend measures what a tap waits for: one row, committed.
func BenchmarkAppend(b *testing.B) {
	s, err := store.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the benchmark is over
	if err := s.Activate(b.Context(), grant()); err != nil {
		b.Fatal(err)
	}
	j := journalOver(s)
	for b.Loop() {
		add(b, j)
	}
}

// BenchmarkOpen measures a start with 100,000 people, each with a card: how long
// a tablet takes from its power to the first tap that it can answer.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := store.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	for page := range 20 {
		u := device.RosterUpdate{To: device.FeedPosition{Epoch: "e", Version: uint64(page)}, Complete: true}
		for i := range 5000 {
			n := page*5000 + i
			p := &attendance.Profile{ID: attendance.NewID[attendance.ProfileID](), Number: fmt.Sprint(n), FirstName: "First", LastName: fmt.Sprint("Last", n)}
			card := &attendance.Card{ID: attendance.CardKey{}.ID(fmt.Append(nil, n)), Profile: p.ID, From: time.Unix(1, 0)}
			u.Changes = append(u.Changes, device.RosterChange{Profile: p}, device.RosterChange{Card: card})
		}
		if err := s.ApplyFeed(b.Context(), u); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := store.Open(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if n, err := s.Profiles(b.Context()); n != 100_000 || err != nil {
			b.Fatal(n, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
