package main

import (
	"context"
	"time"
)

// upkeep is how often what has outlived its use is looked for.
const upkeep = 24 * time.Hour

// lookAfter drops what has outlived its use, now and then, until ctx ends.
func (m *Main) lookAfter(ctx context.Context) {
	tick := time.NewTicker(upkeep)
	defer tick.Stop()
	for {
		switch n, err := m.store.PruneFeeds(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			m.log.Error("feeds not pruned", "err", err) // the next time is soon enough
		case n > 0:
			m.log.Info("feeds pruned", "tombstones", n)
		}
		switch n, err := m.store.SweepDirectory(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			m.log.Error("directory not swept", "err", err)
		case n > 0:
			m.log.Info("what a directory told of people who are gone is forgotten", "people", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
