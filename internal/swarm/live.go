package swarm

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Live has people work for d while everything goes wrong that may, and then waits
// until the cloud has all there is. That it hasn't is no error of Live: the report
// will say what is lost.
func (f *Fleet) Live(ctx context.Context, t Trouble, restart func(context.Context) error, d, day time.Duration) error {
	var wg sync.WaitGroup
	watching, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	wg.Go(func() { f.Watch(watching) })
	wg.Go(func() { f.tell(watching) })

	working, over := context.WithCancel(ctx)
	var trouble sync.WaitGroup
	trouble.Go(func() { f.Suffer(working, t, restart) })
	f.Work(ctx, d, day)
	over()
	trouble.Wait()
	settling, cancel := context.WithTimeout(ctx, f.Patience)
	defer cancel()
	if err := f.Settle(settling); err != nil {
		f.fail(err)
	}
	return ctx.Err()
}

// tell says once a second what is going on.
func (f *Fleet) tell(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, time.Second)
		f.Progress(fmt.Sprintf("%s  %d of %d tablets online   %d shown   cuts %d, kills %d, full disks %d, storms %d, cloud restarts %d",
			time.Since(f.began).Round(time.Second), f.counted((*member).online), len(f.members), f.ledger.count(),
			f.cuts.Load(), f.kills.Load(), f.fulls.Load(), f.storms.Load(), f.restarts.Load()))
	}
}
