package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/nfc/pn532sim"
)

// desk is the simulated reader and the cards beside it: what the HTTP interface
// and the page work on. It is safe for concurrent use.
type desk struct {
	reader *pn532sim.Reader

	mu   sync.Mutex // over deck and puts
	deck *deck
	puts map[*pn532sim.Card]int // counts puts, so that only the latest takes its card off

	within  time.Duration  // for the reader to notice a card that taps
	tapping chan struct{}  // holds a token while nobody taps: one tap at a time
	work    sync.WaitGroup // cards that go off by themselves; wait for it after end
	open    context.Context
	end     context.CancelFunc
}

// Times of a tap.
const (
	defaultHold = 150 * time.Millisecond // a quick hand
	longestHold = time.Minute
	readWithin  = 10 * time.Second
)

var (
	errNotRead   = errors.New("nobody read the card")
	errUnplugged = errors.New("the reader is unplugged")
)

func newDesk(r *pn532sim.Reader, d *deck) *desk {
	k := &desk{reader: r, within: readWithin, deck: d, puts: map[*pn532sim.Card]int{}, tapping: make(chan struct{}, 1)}
	k.open, k.end = context.WithCancel(context.Background())
	k.tapping <- struct{}{}
	return k
}

// find looks a card up by name, or by UID where name is empty.
func (k *desk) find(name, uid string) (*pn532sim.Card, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case name != "" && uid != "":
		return nil, errors.New("either card or uid, not both")
	case name != "":
		return k.deck.named(name)
	case uid != "":
		return k.deck.withUID(uid)
	default:
		return nil, errors.New("card or uid is needed")
	}
}

// put lays a card down. With a hold above zero it goes off again by itself that
// long after it was first read, unless it has been put down anew meanwhile.
func (k *desk) put(card *pn532sim.Card, hold time.Duration) {
	k.mu.Lock()
	k.puts[card]++
	mine := k.puts[card]
	k.reader.Put(card)
	k.mu.Unlock()
	if hold <= 0 {
		return
	}
	k.work.Go(func() {
		if err := k.read(k.open, card); err != nil {
			return
		}
		pause(k.open, hold)
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.puts[card] == mine {
			k.reader.Take(card)
		}
	})
}

// read waits until the reader has read a card, an error when it is taken off first.
func (k *desk) read(ctx context.Context, card *pn532sim.Card) error {
	for {
		s, changed := k.reader.State()
		there := false
		for i, c := range s.Cards {
			if c != card {
				continue
			}
			if s.Reads[i] > 0 {
				return nil
			}
			there = true
		}
		if !there {
			return fmt.Errorf("%w: it was taken off", errNotRead)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errNotRead, context.Cause(ctx))
		}
	}
}

// tap puts a card down, waits until it is read and a little more, and takes it
// off, whatever happens. Taps queue up.
func (k *desk) tap(ctx context.Context, card *pn532sim.Card, hold time.Duration) (uid string, err error) {
	select {
	case <-k.tapping:
		defer func() { k.tapping <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s, _ := k.reader.State(); !s.Plugged {
		return "", errUnplugged
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.within, errors.New("no program looked for cards in time"))
	defer cancel()
	k.put(card, 0)
	defer k.reader.Take(card)
	if err := k.read(ctx, card); err != nil {
		return "", err
	}
	s, _ := k.reader.State()
	for i, c := range s.Cards {
		if c == card {
			uid = hex.EncodeToString(s.UIDs[i])
		}
	}
	if hold <= 0 {
		hold = defaultHold
	}
	pause(ctx, min(hold, longestHold))
	return uid, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// cardView is a card as the interface shows it.
type cardView struct {
	plan
	On bool `json:"on"` // on the reader
}

// lying is a card on the reader.
type lying struct {
	Name string `json:"name"` // of a card without one: its UID
	UID  string `json:"uid"`
	Read bool   `json:"read"` // since it was put down
}

// view is everything the page shows.
type view struct {
	Plugged bool       `json:"plugged"`
	TTY     string     `json:"tty"`
	Active  bool       `json:"active"` // a program has spoken to the reader since it was plugged in
	Cards   []cardView `json:"cards"`
	Lying   []lying    `json:"lying"`
	Faults  []string   `json:"faults"`
}

// view returns the state and a channel that is closed when it changes.
func (k *desk) view() (view, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, changed := k.reader.State()
	v := view{Plugged: s.Plugged, TTY: s.Path, Active: s.Commands > 0, Cards: []cardView{}, Lying: []lying{}, Faults: []string{}}
	on := map[*pn532sim.Card]bool{}
	for i, c := range s.Cards {
		on[c] = true
		v.Lying = append(v.Lying, lying{Name: k.deck.name(c, s.UIDs[i]), UID: hex.EncodeToString(s.UIDs[i]), Read: s.Reads[i] > 0})
	}
	for _, e := range k.deck.entries {
		v.Cards = append(v.Cards, cardView{plan: e.plan, On: on[e.card]})
	}
	for _, f := range s.Faults {
		v.Faults = append(v.Faults, string(f))
	}
	return v, changed
}
