package swarm

import (
	"context"
	"fmt"
	"time"
)

// Drained says how long a fleet took to bring what had waited to the cloud.
type Drained struct {
	Rows  int
	Wrote time.Duration // to have the punches shown, with every cable out
	Took  time.Duration // from the moment all cables were whole again until the cloud had confirmed everything
}

// Drain cuts everybody off, has people tap until each tablet has so many punches
// waiting, and lets all of them come back at once. Meanwhile people tap at the
// neighbours, which have nothing waiting.
func (f *Fleet) Drain(ctx context.Context, each int, beside *Neighbours) (d Drained, err error) {
	f.cut(0, f.members...)
	began := time.Now()
	before := f.ledger.count()
	err = together(ctx, 64, len(f.members), func(ctx context.Context, i int) error { return f.write(ctx, f.members[i], each) })
	if err != nil {
		f.join(f.members...)
		return d, err
	}
	d.Wrote, d.Rows = time.Since(began), f.ledger.count()-before

	if err := beside.do(begin); err != nil {
		return d, err
	}
	pause(ctx, 2*time.Second)
	if err := beside.do(during); err != nil {
		return d, err
	}
	began = time.Now()
	f.join(f.members...)
	for {
		done := f.counted((*member).settled)
		if done == len(f.members) {
			break
		}
		f.Progress(fmt.Sprintf("draining: the cloud has everything of %d of %d tablets, %s", done, len(f.members), time.Since(began).Round(time.Second)))
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return d, fmt.Errorf("drain: %d of %d tablets are through: %w", done, len(f.members), ctx.Err())
		}
	}
	d.Took = time.Since(began)
	return d, beside.do(after)
}

// write has so many ticks shown at one tablet, each person tapping in turn.
func (f *Fleet) write(ctx context.Context, m *member, n int) error {
	crowd := f.people[m.site*f.People : (m.site+1)*f.People]
	until := m.accepted.Load() + int64(n)
	for i := 0; m.accepted.Load() < until; i++ {
		// A reader that has fallen behind gets no more; who tapped a moment ago is
		// told so and taps again.
		if int64(i)%int64(len(crowd)) == 0 {
			f.Progress(fmt.Sprintf("%d ticks shown, cables out", f.ledger.count()))
		}
		if left := until - m.accepted.Load(); left <= int64(len(m.now().taps)) || !m.tap(crowd[i%len(crowd)].uid) {
			pause(ctx, 5*time.Millisecond)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// Returned says how a fleet came back after everybody was cut off at once.
type Returned struct {
	Took   time.Duration
	Rounds int // attempts that reached the cloud
	Failed int // of these, those that came to nothing
}

// Storm cuts everybody off at once, for a time, and waits until everybody is back.
func (f *Fleet) Storm(ctx context.Context, dark time.Duration) (r Returned, err error) {
	rounds, sessions := f.rounds()
	f.cut(0, f.members...)
	pause(ctx, dark)
	began := time.Now()
	f.join(f.members...)
	for n := 0; n < len(f.members); n = f.counted((*member).online) {
		f.Progress(fmt.Sprintf("%d of %d tablets are back", n, len(f.members)))
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return r, fmt.Errorf("storm: %d of %d tablets are back: %w", n, len(f.members), ctx.Err())
		}
	}
	r.Took = time.Since(began)
	after, stood := f.rounds()
	r.Rounds = after - rounds
	r.Failed = r.Rounds - (stood - sessions)
	return r, nil
}

func (f *Fleet) rounds() (attempts, sessions int) {
	for _, m := range f.members {
		attempts += m.gate.attempts()
		sessions += int(m.sessions.Load())
	}
	return attempts, sessions
}
