package swarm

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// Delays says how long something took, in milliseconds.
type Delays struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// delays sorts what it is given.
func delays(all []time.Duration) Delays {
	if len(all) == 0 {
		return Delays{}
	}
	slices.Sort(all)
	at := func(share float64) float64 {
		return float64(all[min(int(share*float64(len(all))), len(all)-1)].Microseconds()) / 1000
	}
	return Delays{len(all), at(0.5), at(0.9), at(0.99), at(1)}
}

// Report is what became of everything.
type Report struct {
	Tablets  int `json:"tablets"`
	Taps     int `json:"taps"`
	Shown    int `json:"shown"`  // ticks that people saw
	Stored   int `json:"stored"` // punches in the cloud
	Lost     int `json:"lost"`   // ticks without a punch
	Doubled  int `json:"doubled"`
	NoTick   int `json:"without_tick"` // punches whose tick a kill cut off
	Waiting  int `json:"quarantined"`
	Refused  int `json:"refused"`
	Cuts     int `json:"cuts"`
	Kills    int `json:"kills"`
	Fulls    int `json:"full_disks"`
	Storms   int `json:"storms"`
	Restarts int `json:"cloud_restarts"`

	Live    Delays `json:"live"`              // shown to seen in the cloud's list, of tablets that were connected
	Drained Delays `json:"backlog"`           // shown to received, of the others
	Beside  Delays `json:"live_beside_drain"` // live, while others drained

	Sessions int     `json:"sessions"`      // connections that came about
	Failed   int     `json:"failed_rounds"` // attempts over a whole cable that came to nothing
	MemoryMB float64 `json:"memory_mb"`
	TabletKB float64 `json:"memory_per_tablet_kb"`
	Files    int     `json:"open_files"`

	Missing []string       `json:"missing,omitempty"` // ids of some that are lost
	Reasons map[string]int `json:"refused_for,omitempty"`
	Trouble []string       `json:"trouble_with_the_swarm,omitempty"` // what the swarm itself could not do
}

// OK tells whether the promise was kept and the swarm did what it should.
func (r Report) OK() bool { return r.Lost == 0 && r.Doubled == 0 && len(r.Trouble) == 0 }

// Report compares the ledger with the cloud. Ticks that are missing are looked
// for again until ctx ends or a time has passed: they may be on their way.
func (f *Fleet) Report(ctx context.Context, patience time.Duration) (Report, error) {
	taps := map[string]int64{}
	r := Report{
		Tablets: len(f.members), Cuts: int(f.cuts.Load()), Kills: int(f.kills.Load()), Fulls: int(f.fulls.Load()),
		Storms: int(f.storms.Load()), Restarts: int(f.restarts.Load()), Files: openFiles(),
	}
	memory := Memory(os.Getpid())
	r.MemoryMB = float64(memory) / (1 << 20)
	r.TabletKB = float64(int64(memory)-int64(f.memory)) / 1024 / float64(max(len(f.members), 1))
	for _, m := range f.members {
		taps[m.name] = m.taps.Load()
		r.Taps += int(m.taps.Load())
		r.Sessions += int(m.sessions.Load())
		r.Failed += m.gate.attempts()
	}
	r.Failed -= r.Sessions + activationRounds*len(f.members)
	deadline := time.Now().Add(patience)
	var v verdict
	for {
		punches, err := f.all(ctx)
		if err != nil {
			return r, err
		}
		v = f.ledger.compare(punches, taps)
		if len(v.lost) == 0 || time.Now().After(deadline) {
			break
		}
		f.Progress(fmt.Sprintf("%d ticks are not in the cloud yet", len(v.lost)))
		pause(ctx, time.Second)
	}
	r.Shown, r.Stored, r.Lost, r.Doubled, r.NoTick = f.ledger.count(), v.stored, len(v.lost), v.doubled, v.without
	r.Live, r.Drained, r.Beside = delays(v.live), delays(v.late), delays(v.early)
	for _, id := range v.lost[:min(len(v.lost), 20)] {
		r.Missing = append(r.Missing, id.String())
	}
	f.mu.Lock()
	r.Reasons = map[string]int{}
	for why, n := range f.reasons {
		r.Reasons[string(why)], r.Refused = n, r.Refused+n
	}
	for _, err := range f.failed {
		r.Trouble = append(r.Trouble, err.Error())
	}
	f.mu.Unlock()
	var err error
	r.Waiting, err = f.quarantined(ctx)
	return r, err
}

// activationRounds is how many connections a tablet makes to become somebody: the
// claim with its code, and the certificate.
const activationRounds = 2

// Print writes the report as a table.
func (r Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(t, name+"\t"+format+"\n", args...) }
	line("tablets", "%d", r.Tablets)
	line("taps", "%d, %d refused %v", r.Taps, r.Refused, r.Reasons)
	line("trouble", "%d cuts, %d storms, %d kills, %d full disks, %d restarts of the cloud", r.Cuts, r.Storms, r.Kills, r.Fulls, r.Restarts)
	line("shown", "%d", r.Shown)
	line("stored", "%d, %d of them without a tick", r.Stored, r.NoTick)
	line("lost", "%d", r.Lost)
	line("doubled", "%d", r.Doubled)
	line("quarantined", "%d", r.Waiting)
	for _, d := range []struct {
		name string
		Delays
	}{{"live, shown to seen", r.Live}, {"live beside a drain", r.Beside}, {"waited, shown to received", r.Drained}} {
		if d.Count > 0 {
			line(d.name, "p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, max %.0f ms (%d)", d.P50, d.P90, d.P99, d.Max, d.Count)
		}
	}
	line("connections", "%d made, %d attempts failed", r.Sessions, r.Failed)
	line("this process", "%.0f MB, %.0f KB a tablet, %d open files", r.MemoryMB, r.TabletKB, r.Files)
	for _, id := range r.Missing {
		line("LOST", "%s", id)
	}
	for _, s := range r.Trouble {
		line("the swarm", "%s", s)
	}
	return t.Flush()
}
