package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"muster/access"
	"muster/device"
	"muster/internal/failpoint"
	"muster/sync/wire"
)

// How long the store may take. One that hangs must show; and of several tablets' rows that
// go together, some may take so long that the others are stored without them.
const (
	storeTimeout = 30 * time.Second // all that was taken at once
	groupTimeout = 5 * time.Second  // several tablets' together
	apartTimeout = 10 * time.Second // one tablet's, when together they took too long
)

// slow remembers the tablets whose rows the store did not take in time, not even alone.
// They go alone from then on, after the others, until they are stored or it is long ago.
type slow struct {
	mu      sync.Mutex
	tablets map[wire.Address]time.Time // when that was
}

func (s *slow) note(from wire.Address, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is {
		s.tablets[from] = time.Now()
	} else {
		delete(s.tablets, from)
	}
}

// part returns the deliveries of tablets that go together, and those that go alone.
func (s *slow) part(group []delivery) (together, alone []delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tablets) == 0 {
		return group, nil
	}
	for _, d := range group {
		at, is := s.tablets[d.from]
		if is && time.Since(at) > patience {
			delete(s.tablets, d.from)
			is = false
		}
		if is {
			alone = append(alone, d)
		} else {
			together = append(together, d)
		}
	}
	return together, alone
}

// store commits a group and answers. When that fails, or takes too long, each delivery gets
// a chance of its own, so that one which the store can't take blocks no other.
// What is not committed is not acknowledged, and the tablet sends it again.
func (in *Ingest) store(ctx context.Context, group []delivery) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	together, alone := in.slow.part(group)
	if len(together) > 1 {
		err := in.deliver(ctx, groupTimeout, together)
		if err == nil {
			together = nil
		} else {
			in.Logger.Warn("group commit failed, trying one by one", "deliveries", len(together), "err", err)
		}
	}
	limit := apartTimeout
	if len(group) == 1 && len(alone) == 0 {
		limit = storeTimeout // nobody else waits for it here
	}
	for _, d := range append(together, alone...) {
		one := []delivery{d}
		began := time.Now()
		err := in.deliver(ctx, limit, one)
		in.slow.note(d.from, err != nil && time.Since(began) >= limit)
		switch {
		case err == nil:
		case errors.Is(err, access.ErrMoved):
			in.sendAway(d.from, err)
		default:
			in.unkept.refused(one)
			in.Logger.Error("rows not kept", "device", d.from.Device, "err", err)
		}
	}
}

// deliver commits deliveries and answers them.
func (in *Ingest) deliver(ctx context.Context, limit time.Duration, group []delivery) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	batch := make([]device.Delivery, len(group))
	for i, d := range group {
		batch[i] = d.rows
	}
	outcomes, err := in.Journal.Deliver(ctx, batch)
	if err != nil {
		return err
	}
	in.unkept.kept(group)
	failpoint.Pass(failpoint.Committed)
	for i, d := range group {
		in.acknowledge(d.from, outcomes[i])
	}
	return nil
}
