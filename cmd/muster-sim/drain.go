package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"
	"time"

	"muster/internal/stage"
	"muster/internal/swarm"
)

func init() {
	register("drain", "Measure how long a fleet takes to bring what waits to the cloud, beside a bare insert of the same rows.", &drainCommand{})
}

// drainCommand is "muster-sim drain".
type drainCommand struct {
	Tablets  int           `short:"n" default:"1000" help:"How many tablets."`
	Punches  int           `default:"1000" help:"How many punches wait in each."`
	Few      int           `default:"20" help:"Tablets more, in a process of their own, that have nothing waiting and stay online."`
	People   int           `default:"200" help:"People of a site of ten tablets."`
	Storm    time.Duration `help:"Then cut everybody off for so long, and see how they come back."`
	Postgres bool          `help:"Have the cloud keep its data in a PostgreSQL of its own."`
	Bin      string        `type:"path" help:"Folder of the programs; empty: where this one is."`
	Dir      string        `type:"path" help:"Folder for everything. Default: a temporary one."`
	Patience time.Duration `default:"1h" help:"How long all of it may take."`
}

// Run measures, and prints a table.
func (c *drainCommand) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	if err := swarm.RaiseFiles(uint64(c.Tablets*swarm.FilesPerTablet + 200)); err != nil {
		return err
	}
	dir, own, end, err := ownCloud(ctx, c.Dir, c.Bin, c.Postgres)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	line := newProgress(os.Stderr)
	defer line.end()
	f, err := swarm.New(ctx, swarm.Config{
		Tablets: c.Tablets, PerSite: 10, People: c.People, Dir: filepath.Join(dir, "tablets"),
		API: own.API, Device: own.Device, CA: own.Authority, Progress: line.say,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(false)) }()
	if err := f.Start(ctx); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	process := exec.CommandContext(ctx, self, "neighbours")
	process.Stderr = os.Stderr
	neighbours, err := f.StartNeighbours(process, filepath.Join(dir, "neighbours"), c.Few)
	if err != nil {
		return err
	}
	drained, err := f.Drain(ctx, c.Punches, neighbours)
	beside, reported := neighbours.Report()
	if err := errors.Join(err, reported); err != nil {
		return err
	}
	var back swarm.Returned
	if c.Storm > 0 {
		if back, err = f.Storm(ctx, c.Storm); err != nil {
			return err
		}
	}
	if err := f.Settle(ctx); err != nil {
		return err
	}
	report, err := f.Report(ctx, time.Minute)
	if err != nil {
		return err
	}
	rows, raw, err := own.RawInsert(ctx)
	if err != nil {
		return err
	}
	line.end()
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\n", swarm.Machine())
	fmt.Fprintf(t, "drain\t%d tablets x %d punches to %s\n", c.Tablets, c.Punches, databaseName(c.Postgres))
	fmt.Fprintf(t, "tapped and shown\t%d ticks in %.0f s, with every cable out\n", drained.Rows, drained.Wrote.Seconds())
	rate := float64(drained.Rows) / drained.Took.Seconds()
	bare := float64(rows) / raw.Seconds()
	fmt.Fprintf(t, "drained\tin %.1f s, %.0f rows a second\n", drained.Took.Seconds(), rate)
	fmt.Fprintf(t, "bare insert\t%d rows in %.1f s, %.0f rows a second; the drain has %.2f of that\n", rows, raw.Seconds(), bare, rate/bare)
	if c.Storm > 0 {
		fmt.Fprintf(t, "storm\tafter %s without network all are back in %.1f s; %d attempts, %d failed\n", c.Storm, back.Took.Seconds(), back.Rounds, back.Failed)
	}
	err = errors.Join(t.Flush(), report.Print(os.Stdout))
	fmt.Println("\nthe tablets that were online all the time")
	if err := errors.Join(err, beside.Print(os.Stdout)); err != nil {
		return err
	}
	if !report.OK() || !beside.OK() {
		return errBroken
	}
	return nil
}

func databaseName(pg bool) string {
	if pg {
		return "PostgreSQL"
	}
	return "SQLite"
}

// ownCloud starts a cloud in a folder; end ends it, and removes the folder if it is a
// temporary one.
func ownCloud(ctx context.Context, dir, bin string, pg bool) (folder string, own *swarm.OwnCloud, end func() error, err error) {
	remove := func() error { return nil }
	if dir == "" {
		if dir, err = os.MkdirTemp("", "muster-fleet-"); err != nil {
			return "", nil, nil, err
		}
		remove = func() error { return os.RemoveAll(dir) }
	} else if err = os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, nil, err
	}
	if bin == "" {
		self, err := os.Executable()
		if err != nil {
			return "", nil, nil, errors.Join(err, remove())
		}
		bin = filepath.Dir(self)
	}
	log, err := os.Create(filepath.Join(dir, "cloud.log"))
	if err != nil {
		return "", nil, nil, errors.Join(err, remove())
	}
	if own, err = swarm.StartOwn(ctx, stage.In(bin), dir, pg, log); err != nil {
		return "", nil, nil, errors.Join(err, log.Close(), remove())
	}
	return dir, own, func() error { return errors.Join(own.Stop(), log.Close(), remove()) }, nil
}
