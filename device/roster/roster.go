// Package roster keeps what the tablet knows about its site in step with the
// site's feed: people, cards with their times, photos and settings. A page is
// applied only where it joins on to what is here; anything else makes the
// tablet pull.
package roster

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// Store keeps the roster and the position in the feed.
type Store interface {
	FeedPosition(ctx context.Context) (device.FeedPosition, error)
	// ApplyFeed commits a page's changes and the position after it, all or nothing.
	ApplyFeed(ctx context.Context, u device.RosterUpdate) error
	Settings(ctx context.Context) (device.Settings, error)
}

// Roster follows the feed. Make one with Open; it is safe for use by many
// goroutines.
type Roster struct {
	store  Store
	now    func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	at       device.FeedPosition
	settings device.Settings
}

// Open goes on where the feed was last read to. now is the best estimate of the
// true time.
func Open(ctx context.Context, store Store, now func() time.Time, logger *slog.Logger) (*Roster, error) {
	r := &Roster{store: store, now: now, logger: logger}
	var err error
	if r.at, err = store.FeedPosition(ctx); err != nil {
		return nil, fmt.Errorf("open the roster: %w", err)
	}
	if r.settings, err = store.Settings(ctx); err != nil {
		return nil, fmt.Errorf("open the roster: %w", err)
	}
	return r, nil
}

// Position returns how far the feed has been read.
func (r *Roster) Position() device.FeedPosition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
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
	switch Judge(r.at, page) {
	case Ignore:
		return false, nil
	case Pull:
		return true, nil
	}
	update := device.RosterUpdate{
		To:       device.FeedPosition{Epoch: page.GetEpoch(), Version: page.GetTo()},
		Begin:    page.GetSnapshot(),
		Complete: page.GetTo() >= page.GetHead(),
		At:       r.now(),
	}
	settings := r.settings
	for _, c := range page.GetChanges() {
		change, err := change(c, settings.Device)
		if err != nil {
			// One thing that can't be understood must not hold up the ones behind it.
			r.logger.Warn("change in the feed passed over", "version", page.GetTo(), "error", err)
			continue
		}
		if change.Settings != nil {
			settings = *change.Settings
		}
		update.Changes = append(update.Changes, change)
	}
	if err := r.store.ApplyFeed(ctx, update); err != nil {
		return false, fmt.Errorf("apply the feed to version %d: %w", page.GetTo(), err)
	}
	r.at, r.settings = update.To, settings
	return !update.Complete, nil
}

// Verdict is what to do with a page.
type Verdict int

// The verdicts.
const (
	Apply  Verdict = iota + 1 // it joins on
	Ignore                    // everything in it is here already
	Pull                      // something between is missing, or it is of another history
)

// Judge decides whether a page joins on to what is here. A page that overlaps
// does: it was read when the feed was at least at its end, so whatever it says
// about older versions is what is here too.
func Judge(at device.FeedPosition, page *wire.FeedPage) Verdict {
	switch {
	case page.GetEpoch() == "" || page.GetTo() < page.GetFrom() || page.GetHead() < page.GetTo():
		return Ignore
	case page.GetEpoch() != at.Epoch:
		if page.GetSnapshot() {
			return Apply
		}
		return Pull
	case page.GetSnapshot():
		// A feed that ends before what is here was restored from a backup.
		if page.GetTo() <= at.Version && page.GetHead() >= at.Version {
			return Ignore
		}
		return Apply
	case page.GetFrom() > at.Version, page.GetHead() < at.Version:
		return Pull
	case page.GetTo() == at.Version && page.GetHead() > page.GetTo():
		return Pull
	case page.GetTo() <= at.Version:
		return Ignore
	default:
		return Apply
	}
}
