package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/pressly/goose/v3"
)

// where says which database a command is about.
type where struct {
	Store address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
	Data  string  `help:"Folder of the cloud." default:"${state}" type:"path"`
}

// with runs f on a database's migrations while no cloud uses its file.
func (w where) with(f func(*goose.Provider) error) (err error) {
	release, err := w.Store.hold(w.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	db, _, err := w.Store.connect(w.Data, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := db.Migrations()
	if err != nil {
		return err
	}
	if w.Store.postgres() {
		defer func() { err = errors.Join(err, p.Close()) }()
	}
	return f(p)
}

// upCommand is "muster-cloud migrate up".
type upCommand struct {
	where
	DryRun bool `help:"Only say what would be done."`
}

// Run migrates up.
func (c *upCommand) Run(ctx context.Context) error {
	return c.with(func(p *goose.Provider) error {
		has, knows, err := p.GetVersions(ctx)
		if err == nil {
			err = foretell(p, has, max(has, knows))
		}
		if err != nil || c.DryRun {
			return err
		}
		done, err := p.Up(ctx)
		return errors.Join(tell(done...), err)
	})
}

// downCommand is "muster-cloud migrate down".
type downCommand struct {
	where
	To int64 `help:"Version to go back to. Default: one step." default:"-1"`

	DryRun bool `help:"Only say what would be done."`
}

// Run migrates down.
func (c *downCommand) Run(ctx context.Context) error {
	return c.with(func(p *goose.Provider) error {
		has, err := p.GetDBVersion(ctx)
		if err != nil {
			return err
		}
		to := c.To
		if to < 0 {
			to = has - 1
		}
		if to < 1 {
			return fmt.Errorf("the database is at version %d; going back to %d would drop everything in it", has, to)
		}
		if err := foretell(p, has, to); err != nil || c.DryRun {
			return err
		}
		done, err := p.DownTo(ctx, to)
		return errors.Join(tell(done...), err)
	})
}

// foretell says what leads from one version to another before it is done.
func foretell(p *goose.Provider, from, to int64) error {
	if _, err := fmt.Printf("the database is at version %d and goes to %d\n", from, to); err != nil {
		return err
	}
	steps, way := p.ListSources(), "up"
	if to < from {
		slices.Reverse(steps)
		way = "down"
	}
	for _, s := range steps {
		if s.Version <= min(from, to) || s.Version > max(from, to) {
			continue
		}
		if _, err := fmt.Printf("will go %s %s\n", way, s.Path); err != nil {
			return err
		}
	}
	return nil
}

func tell(done ...*goose.MigrationResult) error {
	if len(done) == 0 {
		_, err := fmt.Println("nothing to do")
		return err
	}
	for _, d := range done {
		if _, err := fmt.Printf("%-4s %s (%s)\n", d.Direction, d.Source.Path, d.Duration.Round(time.Millisecond)); err != nil {
			return err
		}
	}
	return nil
}

// statusCommand is "muster-cloud migrate status".
type statusCommand struct {
	where
}

// Run prints the migrations. It changes nothing but for goose's own table.
func (c *statusCommand) Run(ctx context.Context) error {
	return c.with(func(p *goose.Provider) error {
		all, err := p.Status(ctx)
		if err != nil {
			return err
		}
		has, knows, err := p.GetVersions(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, m := range all {
			at := "not yet"
			if m.State == goose.StateApplied {
				at = m.AppliedAt.UTC().Format(time.RFC3339)
			}
			if _, err := fmt.Fprintf(w, "%s\t%s\n", m.Source.Path, at); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "database at\t%d\nthis program knows\t%d\n", has, knows); err != nil {
			return err
		}
		return w.Flush()
	})
}
