package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"muster/attendance"
	"muster/cloud/store"
)

// How replicas know of each other without comparing clocks: each moves a number
// in the database on, and one whose number stands still for four beats is gone.
const (
	beatEvery = 5 * time.Second
	goneAfter = 20 * time.Second
	beatMost  = 4 * time.Second // for one round; a database that hangs must not stop the next
)

// roll is what this replica has seen of the others.
type roll struct {
	mu    sync.Mutex
	seen  map[string]sighting // by Lease.ID
	names []string
}

type sighting struct {
	beat int64
	at   time.Time // on this machine's clock that nobody sets
}

// look takes in what the database says now, and returns who is gone. This
// replica itself never is.
func (r *roll) look(leases []store.Lease, self string, now time.Time) (dead []store.Lease) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := make(map[string]sighting, len(leases))
	r.names = r.names[:0]
	for _, l := range leases {
		s, known := r.seen[l.ID]
		if !known || s.beat != l.Beat {
			s = sighting{l.Beat, now}
		}
		seen[l.ID] = s
		if l.ID != self && now.Sub(s.at) >= goneAfter {
			dead = append(dead, l)
			continue
		}
		r.names = append(r.names, l.Name)
	}
	r.seen = seen
	return dead
}

// living returns the names of the replicas that are there.
func (r *roll) living() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.names)
}

// openReplicas makes this cloud one of those that share the database, and joins
// it to what the others announce.
func (m *Main) openReplicas(ctx context.Context) error {
	if err := m.edge.OnFeed(m.ingest.FeedMoved); err != nil {
		return err
	}
	again := make(chan struct{}, 1)
	err := m.edge.OnRejoined(func() {
		select {
		case again <- struct{}{}:
		default:
		}
	})
	if err != nil || !m.shared {
		return err
	}
	ctx, m.stopBeating = context.WithCancel(ctx)
	m.beating.Go(func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-again:
			case <-ctx.Done():
				return
			}
			m.beat(ctx)
		}
	})
	return nil
}

// beat says that this replica lives, and mends what was not heard: replicas that
// are gone, tablets that were revoked elsewhere or whose organisation was moved away,
// feeds that others have moved.
// With a hub that is seldom anything; without one it takes a few seconds instead
// of milliseconds.
func (m *Main) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, beatMost)
	defer cancel()
	trouble := func(what string, err error) {
		if ctx.Err() == nil || context.Cause(ctx) == context.DeadlineExceeded {
			m.log.Warn("replicas: "+what, "err", err)
		}
	}
	m.compareClock(ctx)
	leases, known, err := m.store.Beat(ctx, m.name)
	if err != nil {
		trouble("say that this one lives", err)
		return
	}
	if !known {
		m.log.Warn("the other replicas had given this one up; it is back")
	}
	dead := m.roll.look(leases, m.replica, time.Now())
	m.judgeClock(ctx, leases, dead)
	for _, l := range dead {
		m.log.Warn("a replica is gone", "name", l.Name, "id", l.ID)
	}
	var workers []string
	for _, l := range dead {
		workers = append(workers, l.ID)
	}
	if err := m.store.Release(ctx, workers...); err != nil {
		trouble("messages of replicas that are gone", err)
	}
	if gone, err := m.store.Bury(ctx, dead); err != nil {
		trouble("tablets of replicas that are gone", err)
	} else if gone > 0 {
		m.log.Warn("tablets whose replica is gone", "tablets", gone)
	}
	if err := m.cutUnwelcome(ctx); err != nil {
		trouble("tablets that may not be here", err)
	}
	heads, err := m.store.FeedHeads(ctx)
	if err != nil {
		trouble("how far the feeds go", err)
		return
	}
	m.ingest.CatchUp(heads)
}

// stopBeat ends what beat does, while there is everything that it needs.
func (m *Main) stopBeat() {
	if m.stopBeating != nil {
		m.stopBeating()
		m.beating.Wait()
	}
}

// leave ends this replica's part, so that the others need not find out.
func (m *Main) leave() {
	if m.stopBeating == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), beatMost)
	defer cancel()
	if err := m.store.Leave(ctx); err != nil {
		m.log.Warn("the others will find out by themselves that this replica is gone", "err", err)
	}
}

// feedMoved tells the tablets here and, over the hub, those at other replicas.
func (m *Main) feedMoved(site attendance.SiteID) {
	m.ingest.FeedMoved(site)
	if m.shared {
		m.edge.FeedMoved(site)
	}
}
