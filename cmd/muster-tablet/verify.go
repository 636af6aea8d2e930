package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"muster/device/journal"
	"muster/device/store"
)

type verifyCommand struct{ place }

// Run checks the journal from its oldest row to its newest.
func (c verifyCommand) Run(ctx context.Context) error {
	lacks := store.Check(ctx, c.Data)
	rows, end, err := store.Read(ctx, c.Data)
	if err != nil {
		return err
	}
	report := journal.Verify(rows)
	if err := end(); err != nil {
		return err
	}
	for _, s := range report.Streams {
		fmt.Printf("stream %s: rows %d to %d, %s to %s\n", s.Stream, s.First, s.Last, s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
	}
	if lacks != nil {
		fmt.Println(lacks)
	}
	if len(report.Faults) == 0 && lacks == nil {
		fmt.Printf("%d rows: none missing, none changed\n", report.Rows)
		return nil
	}
	for _, f := range report.Faults {
		fmt.Println(f)
	}
	if len(report.Faults) == 0 {
		return lacks
	}
	return fmt.Errorf("%d of %d rows are not what was written", len(report.Faults), report.Rows)
}

type setAsideCommand struct {
	place
	Yes bool `help:"Do it; without this only what would happen is told."`
}

// Run moves a store aside, so that the tablet starts as a new one.
func (c setAsideCommand) Run(context.Context) error {
	if !c.Yes {
		fmt.Printf("Would move the tablet's store in %s aside. The tablet would then have to be activated again,\n"+
			"and punches that are not in the cloud yet would stay in the old file. Say --yes to do it.\n", c.Data)
		return nil
	}
	moved, err := store.SetAside(c.Data, time.Now())
	for _, path := range moved {
		fmt.Fprintln(os.Stdout, "moved to", path)
	}
	return err
}
