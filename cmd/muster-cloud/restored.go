package main

import (
	"context"
	"errors"
	"fmt"
)

// restoredCommand is "muster-cloud restored": what is to be done once after a
// database was restored from a backup, before the cloud starts on it. What the
// tablets still have they send again by themselves.
type restoredCommand struct {
	Data  string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`

	TakeBack bool `help:"Have count here again what was moved to another database. Stop the other cloud for good before."`
}

// Run has all tablets fetch their rosters from the beginning.
func (c *restoredCommand) Run(ctx context.Context) (err error) {
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
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
	if err := s.BeginFeedsAnew(ctx); err != nil {
		return err
	}
	_, err = fmt.Println("Every tablet fetches its roster anew. Pictures of faces are destroyed: nobody knows who took the consent back since. Start the cloud; tablets send again what it lacks and they still have.")
	return err
}
