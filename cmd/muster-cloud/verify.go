package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"muster/attendance"
	"muster/cloud/store"
)

// verifyCommand is "muster-cloud verify". It works beside a running cloud and
// changes nothing.
type verifyCommand struct {
	where
	Device string `help:"Check only the tablet of this id." placeholder:"ID"`
	JSON   bool   `name:"json" help:"Print JSON, one object."`
}

// Run checks the journals; a broken one is an error, so that the exit code is 1.
func (c *verifyCommand) Run(ctx context.Context) (err error) {
	_, s, err := c.Store.unhurried().connect(c.Data, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return c.check(ctx, s, os.Stdout)
}

// verified sums up what was found.
type verified struct {
	Journals []store.Journal `json:"journals"`
	Rows     int             `json:"rows"`
	Broken   int             `json:"broken"` // places
	Faces    store.FaceCount `json:"faces"`
}

func (c *verifyCommand) check(ctx context.Context, s *store.Store, w io.Writer) error {
	sum := verified{Journals: []store.Journal{}}
	err := s.Verify(ctx, attendance.DeviceID(c.Device), func(j store.Journal) error {
		sum.Rows += j.Rows
		for _, f := range j.Faults {
			if f.Broken {
				sum.Broken++
			}
		}
		if c.JSON {
			if j.Faults == nil {
				j.Faults = []store.Fault{}
			}
			sum.Journals = append(sum.Journals, j)
			return nil
		}
		return tellJournal(w, j)
	})
	if err != nil {
		return err
	}
	if sum.Faces, err = s.VerifyFaces(ctx); err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		err = e.Encode(sum)
	} else if sum.Broken == 0 {
		_, err = fmt.Fprintf(w, "%d rows: every one as its tablet wrote it, none missing\n", sum.Rows)
	}
	if err == nil && !c.JSON && sum.Faces != (store.FaceCount{}) {
		_, err = fmt.Fprintln(w, sum.Faces)
	}
	if err == nil && sum.Faces.There > 0 {
		err = fmt.Errorf("%d face pictures are there that were destroyed", sum.Faces.There)
	}
	if err == nil && sum.Broken > 0 {
		err = fmt.Errorf("%d rows: broken in %d places", sum.Rows, sum.Broken)
	}
	return err
}

// tellJournal writes what was found of a journal, for people.
func tellJournal(w io.Writer, j store.Journal) error {
	name := j.Name
	if name == "" {
		name = "a tablet that is not there"
	}
	_, err := fmt.Fprintf(w, "%s (%s), stream %s: %d rows, up to %d", name, j.Device, j.Stream, j.Rows, j.Last)
	if err == nil && j.Rows > 0 {
		_, err = fmt.Fprintf(w, ", %s to %s", j.From.Format(time.RFC3339), j.To.Format(time.RFC3339))
	}
	if err == nil {
		_, err = fmt.Fprintln(w)
	}
	for _, f := range j.Faults {
		if err != nil {
			break
		}
		mark := "  "
		if f.Broken {
			mark = "! "
		}
		_, err = fmt.Fprintf(w, "  %s%s\n", mark, f)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
