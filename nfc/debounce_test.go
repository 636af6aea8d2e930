package nfc_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/nfc"
)

// A sighting is a tap exactly when the same card was not seen within the hold
// time before it: the plain definition, kept over the whole history.
func TestDebouncerFollowsItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hold := time.Duration(rapid.IntRange(0, 50).Draw(t, "hold")) * time.Millisecond
		d := nfc.NewDebouncer(hold)
		cards := [][]byte{
			{1, 2, 3, 4},
			{1, 2, 3, 4, 5, 6, 7},
			{8, 1, 1, 1},
			{8, 2, 2, 2},
			{1, 2, 3},
			nil,
			{1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		}
		same := func(a, b []byte) bool {
			if attendance.RandomUID(a) || !attendance.ValidUID(a) {
				return attendance.RandomUID(a) == attendance.RandomUID(b) && attendance.ValidUID(a) == attendance.ValidUID(b)
			}
			return string(a) == string(b)
		}
		type sighting struct {
			uid []byte
			at  time.Time
		}
		var history []sighting
		at := time.Unix(1_700_000_000, 0)
		for range rapid.IntRange(1, 60).Draw(t, "sightings") {
			at = at.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "gap")) * time.Millisecond)
			uid := rapid.SampledFrom(cards).Draw(t, "uid")
			want := true
			for _, h := range history {
				if same(h.uid, uid) && at.Sub(h.at) <= hold {
					want = false
				}
			}
			if got := d.Seen(uid, at); got != want {
				t.Fatalf("Seen(% x) after %v = %v, want %v", uid, history, got, want)
			}
			history = append(history, sighting{uid, at})
		}
	})
}

func TestHeldCardIsOneTapHoweverLong(t *testing.T) {
	t.Parallel()
	d := nfc.NewDebouncer(3 * time.Second)
	at := time.Unix(1_700_000_000, 0)
	taps := 0
	for range 1000 {
		if d.Seen([]byte{4, 5, 6, 7}, at) {
			taps++
		}
		at = at.Add(100 * time.Millisecond)
	}
	if taps != 1 {
		t.Errorf("a card held for 100 s made %d taps, want 1", taps)
	}
}

// A phone left on the reader may show a new random number at each activation.
func TestHeldPhoneIsOneTap(t *testing.T) {
	t.Parallel()
	d := nfc.NewDebouncer(3 * time.Second)
	at := time.Unix(1_700_000_000, 0)
	if !d.Seen([]byte{8, 1, 2, 3}, at) {
		t.Error("the first sighting of a phone is no tap")
	}
	if d.Seen([]byte{8, 9, 9, 9}, at.Add(time.Second)) {
		t.Error("the same phone with its next number is a second tap")
	}
}

// The site may change its setting while the reader runs.
func TestHoldCanChange(t *testing.T) {
	t.Parallel()
	d := nfc.NewDebouncer(time.Second)
	at := time.Unix(1_700_000_000, 0)
	d.Seen([]byte{1, 2, 3, 4}, at)
	d.SetHold(10 * time.Second)
	if d.Seen([]byte{1, 2, 3, 4}, at.Add(5*time.Second)) {
		t.Error("a card within the new hold time is a tap")
	}
}

// A clock that runs backwards must not make a held card tap again and again.
func TestTimeBackwardsIsNoTap(t *testing.T) {
	t.Parallel()
	d := nfc.NewDebouncer(time.Second)
	at := time.Unix(1_700_000_000, 0)
	d.Seen([]byte{1, 2, 3, 4}, at)
	if d.Seen([]byte{1, 2, 3, 4}, at.Add(-time.Hour)) {
		t.Error("a sighting dated earlier is a tap")
	}
	if d.Seen([]byte{1, 2, 3, 4}, at.Add(time.Second)) {
		t.Error("the hold time was shortened by a sighting dated earlier")
	}
}
