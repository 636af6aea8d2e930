package main

import (
	"context"
	"time"
)

// redateEvery is how often it is looked for punches whose times are to be told anew.
const redateEvery = 2 * time.Second

// redate tells punches anew whose times turned out to be others, until ctx ends. It works
// for a third of the time at most: what tablets bring goes first.
func (m *Main) redate(ctx context.Context) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		began := time.Now()
		more, err := m.store.Redate(ctx)
		if err != nil && ctx.Err() == nil {
			m.log.Error("times not put right", "err", err) // the next time is soon enough
		}
		pause := redateEvery
		if more && err == nil {
			pause = 2 * time.Since(began)
		}
		wait.Reset(pause)
	}
}
