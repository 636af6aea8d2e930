package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"muster/internal/stage"
	"muster/internal/swarm"
)

func init() {
	register("failover", "Measure how long tablets are away when one of two clouds is killed, hangs or can't be reached.", &failoverCommand{})
}

// failoverCommand is "muster-sim failover".
type failoverCommand struct {
	Tablets  int           `short:"n" default:"10" help:"How many tablets."`
	PerSite  int           `default:"10" help:"Tablets of a site."`
	Young    time.Duration `default:"5s" help:"How old sessions are when their cloud goes away."`
	Old      time.Duration `default:"35s" help:"The same, in cases of old sessions."`
	Only     []string      `help:"Leave the other cases out: young, old, restart, frozen, mute, deaf, name."`
	JSON     bool          `name:"json" help:"Print the figures as JSON."`
	Bin      string        `type:"path" help:"Folder of the programs; empty: where this one is."`
	Dir      string        `type:"path" help:"Folder for everything. Default: a temporary one."`
	Patience time.Duration `default:"30m" help:"How long all of it may take."`
}

// Run measures, and prints a table.
func (c *failoverCommand) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	if err := swarm.RaiseFiles(uint64(c.Tablets*4 + 1000)); err != nil {
		return err
	}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "muster-failover-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Dir)) }()
	} else if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	if c.Bin == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		c.Bin = filepath.Dir(self)
	}
	log, err := os.Create(filepath.Join(c.Dir, "clouds.log"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	pair, err := swarm.StartPair(ctx, stage.In(c.Bin), c.Dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pair.Stop()) }()
	line := newProgress(os.Stderr)
	defer line.end()
	crowd, err := swarm.NewCrowd(ctx, swarm.Config{
		Tablets: c.Tablets, PerSite: c.PerSite, Dir: c.Dir, API: pair.API, Device: pair.Device(), CA: pair.Authority(), Progress: line.say,
	})
	if err != nil {
		return err
	}
	defer crowd.Leave()
	all, err := c.cases(ctx, crowd, pair)
	line.end()
	if c.JSON {
		return errors.Join(err, json.NewEncoder(os.Stdout).Encode(all))
	}
	return errors.Join(err, printAways(os.Stdout, all))
}

// cases goes through all of them. Before each, everybody is connected to both.
func (c *failoverCommand) cases(ctx context.Context, crowd *swarm.Crowd, pair *swarm.Pair) (all []swarm.Away, err error) {
	wanted := func(name string) bool { return len(c.Only) == 0 || slices.Contains(c.Only, name) }
	lose := func(short, name string, age time.Duration, away, mend func(int) error) error {
		if !wanted(short) {
			return nil
		}
		if _, err := crowd.Begins(ctx, name, "", pair.Brokers()...); err != nil {
			return err
		}
		if err := wait(ctx, age); err != nil {
			return err
		}
		fuller, err := crowd.Fuller(ctx, pair)
		if err != nil {
			return err
		}
		a, err := crowd.Loses(ctx, pair, fuller, name, away)
		all = append(all, a)
		return errors.Join(err, mend(fuller))
	}
	again := func(i int) error { return pair.Start(ctx, i) }
	for _, run := range []func() error{
		func() error { return lose("young", "killed, young sessions", c.Young, pair.Kill, again) },
		func() error { return lose("old", "killed, old sessions", c.Old, pair.Kill, again) },
		func() error {
			return lose("restart", "killed and started at once", c.Old, func(i int) error { return errors.Join(pair.Kill(i), pair.Start(ctx, i)) }, func(int) error { return nil })
		},
		func() error { return lose("frozen", "hangs (SIGSTOP)", c.Old, pair.Freeze, pair.Thaw) },
		func() error { return c.beside(ctx, crowd, pair, &all, wanted, "mute", false) },
		func() error { return c.beside(ctx, crowd, pair, &all, wanted, "deaf", true) },
		func() error {
			named := pair.Named(ctx)
			if named == "" || !wanted("name") {
				return nil
			}
			if err := pair.Freeze(0); err != nil {
				return err
			}
			a, err := crowd.Begins(ctx, "starting, one name for both, one hangs", "", named)
			all = append(all, a)
			return errors.Join(err, pair.Thaw(0))
		},
	} {
		if err := run(); err != nil {
			return all, err
		}
	}
	return all, nil
}

// beside connects everybody where one of three addresses doesn't answer.
func (c *failoverCommand) beside(ctx context.Context, crowd *swarm.Crowd, pair *swarm.Pair, all *[]swarm.Away, wanted func(string) bool, short string, deaf bool) error {
	if !wanted(short) {
		return nil
	}
	address, end, err := pair.Mute(deaf)
	if err != nil {
		return err
	}
	name := "starting, one of three addresses says nothing"
	if deaf {
		name = "starting, one of three addresses drops everything"
	}
	a, err := crowd.Begins(ctx, name, address, pair.Brokers()...)
	*all = append(*all, a)
	return errors.Join(err, end())
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func printAways(w io.Writer, all []swarm.Away) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "seconds\ttablets\tsession p50\tp90\tlast\tconsole p50\tlast\tconnections")
	at := func(d []time.Duration, share float64) string {
		if len(d) == 0 {
			return "-"
		}
		return fmt.Sprintf("%.2f", d[min(len(d)-1, int(share*float64(len(d))))].Seconds())
	}
	for _, a := range all {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%d\n", a.Name, a.Tablets, at(a.Session, 0.5), at(a.Session, 0.9), at(a.Session, 1),
			at(a.Console, 0.5), at(a.Console, 1), a.Rounds)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, a := range all {
		for why, n := range a.Reasons {
			fmt.Fprintf(w, "  %s: %d x %s\n", a.Name, n, why)
		}
	}
	return nil
}
