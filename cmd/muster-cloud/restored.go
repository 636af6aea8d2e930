package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/cloud/store"
	"muster/cloud/store/sqlite"
)

// restoredCommand is "muster-cloud restored": what is to be done once after a
// database was restored from a backup, before the cloud starts on it. What the
// tablets still have they send again by themselves.
type restoredCommand struct {
	Data  string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`

	Backup   string `help:"Put this SQLite file in the place of the database first. What was there stays beside it." type:"existingfile" placeholder:"FILE"`
	TakeBack bool   `help:"Have count here again what was moved to another database. Stop the other cloud for good before."`
}

// Run has all tablets fetch their rosters from the beginning.
func (c *restoredCommand) Run(ctx context.Context) (err error) {
	if c.Backup == "" {
		s, err := c.Store.existing(ctx, c.Data)
		if err != nil {
			return err
		}
		if err := errors.Join(c.begin(ctx, s), s.Close()); err != nil {
			return err
		}
	} else if err := c.putBack(ctx); err != nil {
		return err
	}
	_, err = fmt.Println("Every tablet fetches its roster anew. Pictures of faces are destroyed: nobody knows who took the consent back since. Start the cloud; tablets send again what it lacks and they still have.")
	return err
}

// putBack puts the backup in the place of the database. What is to be done once is done to
// the copy of it before: whatever happens, no cloud starts on one to which it was not.
func (c *restoredCommand) putBack(ctx context.Context) error {
	if c.Store != "" {
		return errors.New("--backup is for the database in the cloud's folder: use PostgreSQL's own tools for one that is elsewhere")
	}
	replaced, err := putBack(ctx, c.Data, c.Backup, func(path string) error {
		db, err := sqlite.Open(ctx, path)
		if err != nil {
			return err
		}
		s := store.New(db.Write, db.Read, db, time.Now)
		return errors.Join(c.begin(ctx, s), s.Close())
	})
	switch {
	case err != nil:
		return err
	case replaced == "":
		_, err = fmt.Printf("%s is in place.\n", c.Backup)
	default:
		_, err = fmt.Printf("%s is in place; what was there is %s.\n", c.Backup, replaced)
	}
	return err
}

func (c *restoredCommand) begin(ctx context.Context, s *store.Store) error {
	gone, stay, err := s.Departed(ctx)
	switch {
	case err != nil:
		return err
	case c.TakeBack:
		if err := s.TakeBack(ctx); err != nil {
			return err
		}
	case gone > 0 && stay == 0: // most likely the other one is meant
		return errMoved
	}
	return s.BeginFeedsAnew(ctx)
}
