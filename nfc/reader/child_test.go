//go:build cgo

package reader

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"muster/nfc"
)

// field plays what a reader sees, search by search, and gives what the parent is
// told. Searches are a period apart.
func field(t *testing.T, searches ...search) []event {
	t.Helper()
	var stream bytes.Buffer
	var told []event
	i := 0
	l := loop{
		look: func() (nfc.Target, bool, error) {
			if i == len(searches) {
				return nfc.Target{}, false, nil
			}
			s := searches[i]
			i++
			return s.target, s.target.UID != nil || s.target.ATQA != [2]byte{}, s.err
		},
		leftover: func(t nfc.Target) bool { return bytes.HasSuffix(t.UID, []byte{0xEE}) },
		name:     "reader", w: &stream,
	}
	now := time.Unix(1_700_000_000, 0)
	for i < len(searches) {
		err := l.once(now)
		now = now.Add(period)
		if rerr := readEvents(&stream, func(e event) { told = append(told, e) }); rerr != nil {
			t.Fatal(rerr)
		}
		if err != nil {
			return append(told, event{Kind: "ended"})
		}
	}
	return told
}

type search struct {
	target nfc.Target
	err    error
}

var (
	nothing = search{}
	broken  = search{err: errors.New("timeout")}
	card    = search{target: nfc.Target{UID: []byte{4, 1, 2, 3, 4, 5, 6}, ATQA: [2]byte{0, 0x44}}}
	other   = search{target: nfc.Target{UID: []byte{4, 9, 9, 9, 9, 9, 9}, ATQA: [2]byte{0, 0x44}}}
	odd     = search{target: nfc.Target{UID: []byte{4, 1, 2, 3}, ATQA: [2]byte{0, 0x44}}} // the ATQA says 7 bytes
	ee      = search{target: nfc.Target{UID: []byte{4, 1, 2, 3, 4, 5, 0xEE}, ATQA: [2]byte{0, 0x44}}}
	cut     = search{target: nfc.Target{UID: []byte{4, 1}, ATQA: [2]byte{0, 0x44}}}
)

func TestWhatTheParentIsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		searches []search
		want     []kind
	}{
		{"ready at the first answer", []search{nothing}, []kind{kindReady}},
		{"not ready before it", []search{broken, nothing}, []kind{kindTrouble, kindReady}},
		{"a card at once", []search{card}, []kind{kindReady, kindCard}},
		{"each sighting of a held card", []search{card, card, card}, []kind{kindReady, kindCard, kindCard, kindCard}},
		{"a heartbeat", slices.Repeat([]search{nothing}, 14), []kind{kindReady, kindAlive}},
		{"two failures are trouble", []search{nothing, broken, broken, nothing}, []kind{kindReady, kindTrouble, kindTrouble, kindReady}},
		{"three end the child", []search{nothing, broken, broken, broken, nothing}, []kind{kindReady, kindTrouble, kindTrouble, kindFailing, "ended"}},
		{"a moment of nonsense is nothing", []search{nothing, cut, cut, card}, []kind{kindReady, kindCard}},
		{"lasting nonsense is unreadable", []search{nothing, cut, cut, cut}, []kind{kindReady, kindBad}},
		{"a doubtful card is read twice", []search{odd, odd}, []kind{kindReady, kindCard}},
		{"and believed from then on", []search{odd, odd, odd, odd}, []kind{kindReady, kindCard, kindCard, kindCard}},
		{"a leftover that changes is no card", []search{nothing, ee, other, nothing}, []kind{kindReady}},
		{"a card that ends like a leftover", []search{ee, ee}, []kind{kindReady, kindCard}},
		{"a doubtful card that is gone", []search{nothing, odd, nothing}, []kind{kindReady}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []kind
			for _, e := range field(t, c.searches...) {
				got = append(got, e.Kind)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("told %v, want %v", got, c.want)
			}
		})
	}
}
