package swarm

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Trouble says how often something goes wrong; 0: never.
type Trouble struct {
	Cut     time.Duration // of one tablet's network: how far apart for each tablet
	SiteCut time.Duration // of a whole site's
	Storm   time.Duration // of everybody's at once
	Kill    time.Duration // of one tablet's program
	Full    time.Duration // of one tablet's disk
	Restart time.Duration // of the cloud, by kill -9
	Longest time.Duration // how long a trouble lasts at most
	Silent  int           // of a hundred outages, how many the tablet has to find out about
}

// Usual is trouble enough for d that everything happens.
func Usual(d time.Duration) Trouble {
	silent := 25
	if d < 2*time.Minute {
		silent = 0 // a tablet needs 40 seconds to find out
	}
	return Trouble{Silent: silent, Cut: d / 5, SiteCut: d / 2, Storm: d / 3, Kill: d / 2, Full: d / 2, Restart: d / 3, Longest: d / 20}
}

// Suffer makes trouble until ctx ends, and then waits until every trouble is over.
// restart kills the cloud and starts it again; nil: it is left alone.
func (f *Fleet) Suffer(ctx context.Context, t Trouble, restart func(context.Context) error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	last := func() time.Duration {
		return t.Longest/10 + time.Duration(rand.Int64N(int64(max(t.Longest*9/10, 1))))
	}
	one := func() *member { return f.members[rand.IntN(len(f.members))] }
	often := func(each time.Duration, of int, do func()) {
		if each <= 0 || of == 0 {
			return
		}
		wg.Go(func() {
			for {
				pause(ctx, time.Duration(rand.ExpFloat64()*float64(each)/float64(of)))
				if ctx.Err() != nil {
					return
				}
				wg.Go(do)
			}
		})
	}
	often(t.Cut, len(f.members), func() { f.cuts.Add(1); f.away(ctx, t, []*member{one()}, last()) })
	often(t.SiteCut, len(f.sites), func() { f.cuts.Add(1); f.away(ctx, t, f.at(rand.IntN(len(f.sites))), last()) })
	often(t.Kill, len(f.members), func() { f.kills.Add(1); f.fail(one().kill(ctx, last())) })
	often(t.Full, len(f.members), func() { f.fulls.Add(1); f.fail(one().fill(ctx, last())) })
	regularly := func(each time.Duration, do func()) {
		if each <= 0 {
			return
		}
		wg.Go(func() {
			for {
				pause(ctx, each)
				if ctx.Err() != nil {
					return
				}
				do()
			}
		})
	}
	regularly(t.Storm, func() { f.storms.Add(1); f.away(ctx, t, f.members, last()) })
	if restart != nil {
		regularly(t.Restart, func() { f.restarts.Add(1); f.fail(restart(context.WithoutCancel(ctx))) })
	}
}

// at returns the tablets of a site.
func (f *Fleet) at(site int) []*member {
	first := site * f.PerSite
	return f.members[first:min(first+f.PerSite, len(f.members))]
}

// away cuts tablets off for a time.
func (f *Fleet) away(ctx context.Context, t Trouble, members []*member, d time.Duration) {
	f.cut(t.Silent, members...)
	pause(ctx, d)
	f.join(members...)
}

// cut takes tablets off the network, of a hundred so many without their noticing.
// Each cut needs a join.
func (f *Fleet) cut(silently int, members ...*member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range members {
		f.out[m]++
		how := pulled
		if rand.IntN(100) < silently {
			how = silent
		}
		m.gate.cut(how)
	}
}

// join ends a cut. A tablet comes back when all its outages are over.
func (f *Fleet) join(members ...*member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range members {
		if f.out[m]--; f.out[m] == 0 {
			m.gate.join()
		}
	}
}
