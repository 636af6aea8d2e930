// Package roster keeps what the tablet knows about its site in step with the
// site's feed: people, cards with their times, photos and settings. A page is
// applied only where it joins on to what is here; anything else makes the
// tablet pull.
package roster

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Reading numbers what a program can make of a feed: it grows with each kind of
// change, and each field of one, that is read for the first time. A roster that
// was read by a program that knew less is read again from the beginning.
const Reading = device.ReadsPending

// remember is how often it is kept that the roster was found to be current while
// nothing changed.
const remember = 10 * time.Minute

// Store keeps the roster and the position in the feed.
type Store interface {
	RosterState(ctx context.Context) (device.RosterState, error)
	// ApplyFeed commits a page's changes and the position after it, all or nothing.
	ApplyFeed(ctx context.Context, u device.RosterUpdate) error
	Settings(ctx context.Context) (device.Settings, error)
}

// Roster follows the feed. Make one with Open; it is safe for use by many
// goroutines.
type Roster struct {
	store  Store
	self   attendance.DeviceID
	now    func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	state    device.RosterState
	kept     time.Time // state.Current as the store has it
	last     uint64    // the number of the newest pull
	ask      uint64    // of the pull that was sent from where the roster is now; 0: none was
	behind   uint64    // of the pull that was sent from where the next page leads to; 0: none was
	settings device.Settings
}

// Open goes on where the feed was last read to. self is this tablet; now is the
// best estimate of the true time.
func Open(ctx context.Context, store Store, self attendance.DeviceID, now func() time.Time, logger *slog.Logger) (*Roster, error) {
	r := &Roster{store: store, self: self, now: now, logger: logger, last: rand.Uint64() >> 1}
	var err error
	if r.state, err = store.RosterState(ctx); err != nil {
		return nil, fmt.Errorf("open the roster: %w", err)
	}
	if r.settings, err = store.Settings(ctx); err != nil {
		return nil, fmt.Errorf("open the roster: %w", err)
	}
	if r.state.Reading != Reading {
		r.state.At = device.FeedPosition{} // everybody stays known until the snapshot is through
	}
	r.kept = r.state.Current
	return r, nil
}

// Position returns how far the feed has been read.
func (r *Roster) Position() device.FeedPosition { return r.State().At }

// State returns how the roster stands to the feed.
func (r *Roster) State() device.RosterState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Pull says how far the feed has been read, to ask for what follows. Only the
// answer to the newest pull may begin a snapshot, or go on in another term.
func (r *Roster) Pull() *wire.FeedPull {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.pull(r.state.At)
	r.ask = p.GetAsk()
	return p
}

func (r *Roster) pull(at device.FeedPosition) *wire.FeedPull {
	r.last++
	return &wire.FeedPull{
		Epoch: at.Epoch, Have: at.Version, Urgent: at.Urgent, People: at.People, Base: at.Base, Head: at.Head, Term: at.Term,
		Ask: r.last, Lanes: true,
	}
}

// PullBehind asks for what follows a page that is still to be applied, so that it
// is on its way meanwhile. nil: the page is of no use, or the last one.
func (r *Roster) PullBehind(page *wire.FeedPage) *wire.FeedPull {
	r.mu.Lock()
	defer r.mu.Unlock()
	to, verdict := Judge(r.state.At, page, r.ask)
	if verdict != Apply {
		return nil
	}
	u := reached(to, page)
	if u.Complete {
		return nil
	}
	p := r.pull(u.To)
	r.behind = p.GetAsk()
	return p
}

// reached tells where a page that joins on leads to.
func reached(to device.FeedPosition, page *wire.FeedPage) device.RosterUpdate {
	u := device.RosterUpdate{To: to, Begin: page.GetSnapshot(), Reading: Reading}
	u.Settled = to.Urgent >= page.GetHead() && to.People >= page.GetHead()
	u.Complete = u.Settled && to.Version >= page.GetHead()
	switch {
	case u.Complete:
		u.To.Base = 0
	case u.Begin:
		u.To.Base = page.GetHead()
	}
	return u
}

// Settings returns what the site has set, with the defaults for what it hasn't.
func (r *Roster) Settings() device.Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.settings
	if s.ResultTime <= 0 {
		s.ResultTime = device.DefaultResultTime
	}
	if s.Debounce <= 0 {
		s.Debounce = device.DefaultDebounce
	}
	return s
}

// Apply takes a page of the feed. pull is set when the page doesn't join on, or
// when it isn't the last one: the tablet should then say how far it has read.
func (r *Roster) Apply(ctx context.Context, page *wire.FeedPage) (pull bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.behind = 0 }()
	to, verdict := Judge(r.state.At, page, r.ask)
	switch verdict {
	case Ignore:
		return false, r.current(ctx, page)
	case Pull:
		return true, nil
	}
	update := reached(to, page)
	settings, err := r.read(page, &update)
	if err != nil {
		return true, err
	}
	if err := r.store.ApplyFeed(ctx, update); err != nil {
		return false, fmt.Errorf("apply the feed to version %d: %w", to.Version, err)
	}
	r.settings, r.ask = settings, r.behind
	r.applied(update)
	return !update.Complete, nil
}

// applied repeats in memory what the store has done.
func (r *Roster) applied(u device.RosterUpdate) {
	s := &r.state
	if u.Begin {
		s.Skipped, s.Problem = 0, ""
	}
	if u.Settled {
		s.Current, r.kept = u.At, u.At
	}
	if u.Problem != "" {
		s.Problem = u.Problem
	}
	s.At, s.Heard, s.Reading = u.To, u.At, Reading
	s.Skipped += u.Skipped
}

// current takes note that there is nothing new.
func (r *Roster) current(ctx context.Context, page *wire.FeedPage) error {
	at := r.state.At
	if page.GetEpoch() != at.Epoch || page.GetHead() != at.Version || page.GetTo() != at.Version {
		return nil
	}
	now := r.now()
	r.state.Current = now
	if now.Sub(r.kept).Abs() < remember {
		return nil
	}
	update := device.RosterUpdate{To: at, Settled: true, Complete: true, At: now, Reading: Reading}
	if err := r.store.ApplyFeed(ctx, update); err != nil {
		return fmt.Errorf("keep that the roster is current: %w", err)
	}
	r.applied(update)
	return nil
}

// read puts a page's changes into the tablet's words. One that can't be
// understood must not hold up the ones behind it: it is passed over, and counted.
func (r *Roster) read(page *wire.FeedPage, u *device.RosterUpdate) (settings device.Settings, err error) {
	settings, u.At = r.settings, r.now()
	take := func(c *wire.Change, err error) {
		var known device.RosterChange
		if err == nil {
			known, err = change(c, r.self)
		}
		if err != nil {
			u.Skipped++
			u.Problem = err.Error()
			return
		}
		if known.Settings != nil {
			settings = *known.Settings
		}
		u.Changes = append(u.Changes, known)
	}
	packed, err := wire.Unpack(page.GetPacked())
	if err != nil {
		return settings, fmt.Errorf("page to version %d: %w", page.GetTo(), err)
	}
	u.Changes = make([]device.RosterChange, 0, len(packed)+len(page.GetChanges()))
	for _, body := range packed {
		c := new(wire.Change)
		take(c, proto.Unmarshal(body, c))
	}
	for _, c := range page.GetChanges() {
		take(c, nil)
	}
	if u.Skipped > 0 {
		r.logger.Warn("changes in the feed passed over", "changes", u.Skipped, "version", page.GetTo(), "error", u.Problem)
	}
	return settings, nil
}
