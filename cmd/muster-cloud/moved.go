package main

import (
	"context"
	"time"
)

// movedEvery is how often is looked whether organisations were moved to another database
// while this cloud runs, though nobody should do that.
const movedEvery = time.Minute

// watchMoved sends tablets away whose organisation was moved, also those that tell nothing,
// and says so, until ctx ends.
func (m *Main) watchMoved(ctx context.Context) {
	tick := time.NewTicker(movedEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		_, err := m.lookWhoMoved(ctx)
		if err == nil && m.moved.Load() > 0 {
			err = m.cutUnwelcome(ctx)
		}
		if err != nil && ctx.Err() == nil {
			m.log.Warn("who was moved to another database isn't known", "err", err) // the next time is soon enough
		}
	}
}

// lookWhoMoved notes how many organisations were moved to another database, says so when
// these are more than before, and returns how many are left.
func (m *Main) lookWhoMoved(ctx context.Context) (stay int, err error) {
	gone, stay, err := m.store.Departed(ctx)
	if err != nil {
		return 0, err
	}
	if before := m.moved.Swap(int64(gone)); int64(gone) > before {
		m.log.Warn("organisations were moved to another database and are not served here", "organisations", gone, "served", stay)
	}
	return stay, nil
}

// cutUnwelcome ends the connections of tablets that may not be here any more.
func (m *Main) cutUnwelcome(ctx context.Context) error {
	cut, err := m.store.UnwelcomeHere(ctx)
	for _, dev := range cut {
		m.edge.Cut(dev)
	}
	return err
}
