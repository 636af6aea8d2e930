package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
)

// holders asks who holds each of the test's cards at each of its moments.
func holders(s *store.Store) string {
	text := ""
	for c := range 3 {
		for at := range 8 {
			card, p, ok, err := s.Holder(context.Background(), cardID(c), moment(at))
			invitation := attendance.Invitation{}
			if p.Invitation != nil {
				invitation, p.Invitation = *p.Invitation, nil
			}
			text += fmt.Sprintln(c, at, card, p, invitation, ok, err)
		}
	}
	n, err := s.Profiles(context.Background())
	return text + fmt.Sprint(n, s.Asked(), err)
}

func cardID(n int) attendance.CardID { return attendance.CardKey{}.ID([]byte{byte(n)}) }
func person(n int) attendance.ProfileID {
	return attendance.ProfileID(fmt.Sprintf("0199a0b0-0000-7000-8000-00000000000%d", n))
}
func moment(n int) time.Time { return time.Unix(int64(1_000_000+n), 0).UTC() }

// What a tap is answered from is in memory; it must be what is on the disk.
func TestMemoryIsWhatIsOnTheDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	rapid.Check(t, func(t *rapid.T) {
		if err := s.ApplyFeed(t.Context(), device.RosterUpdate{Begin: true, Complete: true}); err != nil { // forgets all
			t.Fatal(err)
		}
		for version := range uint64(rapid.IntRange(1, 12).Draw(t, "pages")) {
			u := device.RosterUpdate{
				To:    device.FeedPosition{Epoch: "e", Version: version},
				Begin: rapid.Bool().Draw(t, "begin"), Complete: rapid.Bool().Draw(t, "complete"),
				Changes: rapid.SliceOfN(rapid.Custom(drawChange), 0, 6).Draw(t, "changes"),
			}
			if err := s.ApplyFeed(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		before := holders(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := store.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		s = again
		was, is := strings.Split(before, "\n"), strings.Split(holders(s), "\n")
		for i := range was {
			if was[i] != is[i] {
				t.Fatalf("in memory %s; on the disk %s", was[i], is[i])
			}
		}
	})
	_ = s.Close()
}

func drawChange(t *rapid.T) device.RosterChange {
	who := person(rapid.IntRange(0, 2).Draw(t, "person"))
	card := &attendance.Card{
		ID: cardID(rapid.IntRange(0, 2).Draw(t, "card")), Profile: who, From: moment(rapid.IntRange(0, 4).Draw(t, "from")),
		Blocked: rapid.Bool().Draw(t, "blocked"),
	}
	if rapid.Bool().Draw(t, "ends") {
		card.To = moment(rapid.IntRange(2, 7).Draw(t, "to"))
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		p := attendance.Profile{ID: who, Number: "1", FirstName: rapid.StringN(0, 3, -1).Draw(t, "name")}
		if rapid.Bool().Draw(t, "invited") {
			p.Invitation = &attendance.Invitation{
				Open: rapid.Bool().Draw(t, "open"), Declined: rapid.Bool().Draw(t, "declined"), Asked: moment(rapid.IntRange(0, 7).Draw(t, "asked")),
				Answer: rapid.StringN(0, 3, -1).Draw(t, "answer"), Outcome: "joined",
			}
		}
		return device.RosterChange{Profile: &p}
	case 1:
		return device.RosterChange{ProfileGone: who}
	case 2:
		return device.RosterChange{Card: card}
	default:
		return device.RosterChange{CardGone: card}
	}
}

// During a snapshot of many pages nobody is turned away who was known before;
// at its end whoever it did not name is gone.
func TestSnapshotReplacesOnlyAtItsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	page := func(u device.RosterUpdate) {
		t.Helper()
		if err := s.ApplyFeed(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	known := func(n int) bool {
		_, ok, err := s.Profile(t.Context(), person(n))
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	names := func(n int) device.RosterChange {
		return device.RosterChange{Profile: &attendance.Profile{ID: person(n)}}
	}
	page(device.RosterUpdate{To: device.FeedPosition{Epoch: "a", Version: 9}, Complete: true, Changes: []device.RosterChange{names(1), names(2)}})
	page(device.RosterUpdate{To: device.FeedPosition{Epoch: "b", Version: 3}, Begin: true, Changes: []device.RosterChange{names(2)}})
	if !known(1) || !known(2) {
		t.Error("somebody is unknown while the snapshot is under way")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir) // the power was cut in the middle
	if !known(1) || !known(2) {
		t.Error("somebody is unknown after a start in the middle of a snapshot")
	}
	page(device.RosterUpdate{To: device.FeedPosition{Epoch: "b", Version: 5}, Complete: true, Changes: []device.RosterChange{names(3)}})
	if known(1) || !known(2) || !known(3) {
		t.Errorf("after the snapshot: 1 %v, 2 %v, 3 %v; want false, true, true", known(1), known(2), known(3))
	}
	if is, err := s.RosterState(t.Context()); err != nil || is.At != (device.FeedPosition{Epoch: "b", Version: 5}) {
		t.Errorf("state %+v, %v", is, err)
	}
}
