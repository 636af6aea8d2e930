package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"muster/internal/swarm"
)

func init() {
	register("idle", "Measure what connected tablets cost that do nothing, beside a bare broker, and how all of them come back at once.", &idleCommand{})
}

// idleCommand is "muster-sim idle".
type idleCommand struct {
	Tablets  int           `short:"n" default:"1000" help:"How many tablets."`
	PerSite  int           `default:"20" help:"Tablets of a site."`
	Settle   time.Duration `default:"2m30s" help:"How long to wait before measuring: Go gives memory back only minutes after it was used."`
	Watch    time.Duration `default:"1m" help:"How long to measure."`
	Storm    time.Duration `help:"Then cut everybody off for so long, and see how they come back."`
	Restart  bool          `help:"After that once more, with the cloud killed and started again meanwhile."`
	Postgres bool          `help:"Have the cloud keep its data in a PostgreSQL of its own."`
	NoBare   bool          `help:"Leave the bare broker out."`
	JSON     bool          `name:"json" help:"Print the figures as JSON."`
	Bin      string        `type:"path" help:"Folder of the programs; empty: where this one is."`
	Dir      string        `type:"path" help:"Folder for everything. Default: a temporary one."`
	Patience time.Duration `default:"1h" help:"How long all of it may take."`
}

// held is what a server takes before and with all tablets connected.
type held struct {
	Before    swarm.Rest    `json:"before"`
	With      swarm.Rest    `json:"with"`
	Connected time.Duration `json:"connected_ns"` // how long it took to connect all
}

// kilobytes is what one connection takes, by RSS and by PSS.
func (h held) kilobytes(n int) (rss, pss float64) {
	each := func(before, with uint64) float64 { return (float64(with) - float64(before)) / float64(n) / 1024 }
	return each(h.Before.RSS, h.With.RSS), each(h.Before.PSS, h.With.PSS)
}

// storm is how all came back, and what that took of the cloud.
type storm struct {
	Name string `json:"name"`
	swarm.Returned
	CPU     time.Duration  `json:"cpu_ns"`
	Peak    uint64         `json:"peak_bytes"`
	Reasons map[string]int `json:"reasons"`
}

// idleFigures are what comes of it.
type idleFigures struct {
	Machine   string        `json:"machine"`
	Tablets   int           `json:"tablets"`
	Store     string        `json:"store"`
	Activated time.Duration `json:"activated_ns"`
	Cloud     held          `json:"cloud"`
	Bare      *held         `json:"bare,omitempty"`
	Storms    []storm       `json:"storms,omitempty"`
}

// Run measures, and prints a table.
func (c *idleCommand) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	if c.Tablets < 1 {
		return errors.New("-n: at least one tablet")
	}
	if err := swarm.RaiseFiles(uint64(c.Tablets*2 + 1000)); err != nil {
		return err
	}
	dir, own, end, err := ownCloud(ctx, c.Dir, c.Bin, c.Postgres)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	line := newProgress(os.Stderr)
	defer line.end()
	crowd, err := swarm.NewCrowd(ctx, swarm.Config{
		Tablets: c.Tablets, PerSite: c.PerSite, Dir: dir, API: own.API, Device: own.Device, CA: own.Authority, Progress: line.say,
	})
	if err != nil {
		return err
	}
	defer crowd.Leave()
	if err := own.Restart(ctx); err != nil { // what the activation has left behind is not to be measured
		return err
	}
	f := idleFigures{Machine: swarm.Machine(), Tablets: c.Tablets, Store: databaseName(c.Postgres), Activated: crowd.Activated}
	f.Cloud, err = c.hold(ctx, line, own.PID(), func() (time.Duration, error) { return crowd.Join(ctx, own.MQTT) })
	if err != nil {
		return err
	}
	if f.Storms, err = c.storms(ctx, crowd, own); err != nil {
		return errors.Join(err, c.report(f)) // what is known is worth having
	}
	crowd.Leave()
	if !c.NoBare {
		if f.Bare, err = c.bare(ctx, line, crowd, own.Authority, dir); err != nil {
			return err
		}
	}
	line.end()
	return c.report(f)
}

func (c *idleCommand) report(f idleFigures) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(f)
	}
	return f.print(os.Stdout)
}

// hold measures a server that has just started, and then with its connections.
func (c *idleCommand) hold(ctx context.Context, line *progress, pid int, join func() (time.Duration, error)) (h held, err error) {
	const fresh = 20 * time.Second // a new process has nothing to give back
	if h.Before, err = c.atRest(ctx, line, pid, min(c.Settle, fresh), min(c.Watch, fresh)); err != nil {
		return h, err
	}
	if h.Connected, err = join(); err != nil {
		return h, err
	}
	h.With, err = c.atRest(ctx, line, pid, c.Settle, c.Watch)
	return h, err
}

func (c *idleCommand) atRest(ctx context.Context, line *progress, pid int, settle, watch time.Duration) (swarm.Rest, error) {
	line.say(fmt.Sprintf("waiting %s for memory to be given back, then measuring for %s", settle, watch))
	select {
	case <-time.After(settle):
		return swarm.AtRest(ctx, pid, watch)
	case <-ctx.Done():
		return swarm.Rest{}, ctx.Err()
	}
}

func (c *idleCommand) bare(ctx context.Context, line *progress, crowd *swarm.Crowd, authority, dir string) (_ *held, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b, err := startBare(ctx, []string{self}, authority, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	h, err := c.hold(ctx, line, b.cmd.Process.Pid, func() (time.Duration, error) { return crowd.JoinBare(ctx, b.Ready) })
	crowd.Leave()
	return &h, err
}

// calm is how long sessions have to last to count as the end of a trouble: after
// less, links come back more slowly.
const calm = 35 * time.Second

func (c *idleCommand) storms(ctx context.Context, crowd *swarm.Crowd, own *swarm.OwnCloud) (all []storm, err error) {
	if c.Storm <= 0 {
		return nil, nil
	}
	s, err := c.storm(ctx, crowd, "storm", own, nil)
	all = append(all, s)
	if err != nil || !c.Restart {
		return all, err
	}
	select {
	case <-time.After(min(calm, c.Settle)):
	case <-ctx.Done():
		return all, ctx.Err()
	}
	s, err = c.storm(ctx, crowd, "storm, cloud killed", own, own.Restart)
	return append(all, s), err
}

func (c *idleCommand) storm(ctx context.Context, crowd *swarm.Crowd, name string, own *swarm.OwnCloud, restart func(context.Context) error) (s storm, err error) {
	s.Name = name
	before, err := swarm.UsageOf(own.PID())
	if err != nil {
		return s, err
	}
	if restart != nil {
		before = swarm.Usage{} // that of a process that is no more
	} else if err := swarm.ForgetPeak(own.PID()); err != nil {
		return s, err
	}
	s.Returned, err = crowd.Storm(ctx, c.Storm, restart)
	after, usageErr := swarm.UsageOf(own.PID())
	s.CPU, s.Peak, s.Reasons = after.CPU-before.CPU, after.Peak, crowd.Reasons()
	return s, errors.Join(err, usageErr)
}

func (f idleFigures) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\n", f.Machine)
	fmt.Fprintf(t, "%d connected tablets\tcloud on %s", f.Tablets, f.Store)
	if f.Bare != nil {
		fmt.Fprint(t, "\tbare broker\tratio")
	}
	fmt.Fprintln(t)
	row := func(name, format string, of func(held) float64, ratio bool) {
		fmt.Fprintf(t, "%s\t"+format, name, of(f.Cloud))
		if f.Bare != nil {
			fmt.Fprintf(t, "\t"+format, of(*f.Bare))
			if b := of(*f.Bare); ratio && b > 0 {
				fmt.Fprintf(t, "\t%.2f", of(f.Cloud)/b)
			}
		}
		fmt.Fprintln(t)
	}
	mb := func(b uint64) float64 { return float64(b) / (1 << 20) }
	row("memory before, RSS", "%.1f MB", func(h held) float64 { return mb(h.Before.RSS) }, false)
	row("memory with all, RSS", "%.1f MB", func(h held) float64 { return mb(h.With.RSS) }, false)
	row("a connection, RSS", "%.1f KB", func(h held) float64 { rss, _ := h.kilobytes(f.Tablets); return rss }, true)
	row("a connection, PSS", "%.1f KB", func(h held) float64 { _, pss := h.kilobytes(f.Tablets); return pss }, true)
	row("CPU before", "%.2f s/min", func(h held) float64 { return h.Before.CPU }, false)
	row("CPU with all", "%.2f s/min", func(h held) float64 { return h.With.CPU }, true)
	row("connecting all", "%.1f s", func(h held) float64 { return h.Connected.Seconds() }, false)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "activated in %.0f s\n", f.Activated.Seconds())
	for _, s := range f.Storms {
		fmt.Fprintf(w, "%s: all back in %.1f s; %d rounds reached the cloud, %d failed; CPU of the cloud %.1f s, peak %.0f MB\n",
			s.Name, s.Took.Seconds(), s.Rounds, s.Failed, s.CPU.Seconds(), mb(s.Peak))
		reasons := make([]string, 0, len(s.Reasons))
		for why, n := range s.Reasons {
			reasons = append(reasons, fmt.Sprintf("  %d x %s", n, why))
		}
		slices.Sort(reasons)
		for _, r := range reasons {
			fmt.Fprintln(w, r)
		}
	}
	return nil
}
