package main

import (
	"context"
	"time"
)

// How often is looked whether the database was set back, and how often that is
// said for as long as nobody does anything about it.
const (
	setBackEvery = time.Minute
	setBackAgain = time.Hour
)

// watchSetBack says loudly that tablets know of more than the database, until
// somebody has run "muster-cloud restored".
func (m *Main) watchSetBack(ctx context.Context) {
	tick := time.NewTicker(setBackEvery)
	defer tick.Stop()
	var said time.Time
	for {
		if all, err := m.store.SetBack(ctx); err == nil && len(all) == 0 {
			said = time.Time{}
		} else if err == nil && time.Since(said) >= setBackAgain {
			said = time.Now()
			m.log.Error(`the database was restored from a backup, and tablets know of more: run "muster-cloud restored"`,
				"organisations", len(all), "first", all[0].Org, "since", all[0].Since)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
