package main

import (
	"context"
	"time"
)

// tellEvery is how often it is looked whose activation has moved; tellMost is of
// how many people tablets are told in one transaction.
const (
	tellEvery = time.Second
	tellMost  = 1000 // and the rest a moment later: whoever sends a hundred thousand mails isn't held up
)

// tellPending keeps tablets informed of who is still to be activated, until ctx
// ends.
func (m *Main) tellPending(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		_, err := m.store.TellPending(ctx, tellMost)
		if err != nil && ctx.Err() == nil {
			m.log.Error("tablets not told who is pending", "err", err) // the next time is soon enough
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
