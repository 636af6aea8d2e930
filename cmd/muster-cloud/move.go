package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"muster/attendance"
)

// moveCommand is "muster-cloud move".
type moveCommand struct {
	From         address            `help:"Database to copy from: sqlite:FILE or postgres://..." required:"" env:"MUSTER_MOVE_FROM"`
	To           address            `help:"Database to copy to. Its schema is brought up to date first." required:"" env:"MUSTER_MOVE_TO"`
	Organisation []attendance.OrgID `help:"Copy only these; by their ids. Default: all."`
}

// current leaves the source as it is: bringing it up to date is for its owner.
func (c *moveCommand) current(ctx context.Context, db opened) (err error) {
	p, err := db.Migrations()
	if err != nil {
		return err
	}
	if c.From.postgres() {
		defer func() { err = errors.Join(err, p.Close()) }()
	}
	has, knows, err := p.GetVersions(ctx)
	if err == nil && has != knows {
		err = fmt.Errorf("the database is at version %d and this program at %d; see \"muster-cloud migrate\"", has, knows)
	}
	return err
}

// Run copies and says what it did.
func (c *moveCommand) Run(ctx context.Context) (err error) {
	db, from, err := c.From.unhurried().connect("", time.Now)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := c.current(ctx, db); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	to, err := c.To.unhurried().open(ctx, "", time.Now)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	done, err := from.Move(ctx, to, c.Organisation...)
	if err != nil {
		return fmt.Errorf("nothing was moved: %w", err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range done {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", d.Organisation.Name, d.Organisation.ID); err != nil {
			return err
		}
		for _, t := range d.Tables {
			if _, err := fmt.Fprintf(w, "  %s\t%d rows\t%x\n", t.Name, t.Rows, t.Hash[:8]); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  journals\t%d checked\t%d breaks\n", d.Streams, len(d.Breaks)); err != nil {
			return err
		}
		for _, b := range d.Breaks {
			if _, err := fmt.Fprintf(w, "    %s\t(it is the same where it came from)\n", b); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}
