package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"muster/access"
	"muster/intake"
)

// The pace of an Importer.
const (
	lease   = 30 * time.Second // how long a list is ours without a sign of life
	idle    = 10 * time.Second // between looks when nobody says that there is something
	portion = 2000             // rows that are checked in one transaction
	forget  = time.Hour        // between looks for lists that are old
)

// Importer takes lists in. Make one with New, let it Run; Wake tells it that there
// is something.
type Importer struct {
	Config
	wake   chan struct{}
	forgot time.Time
	beside []*Importer // the other lanes
}

// Wake makes the importer look at once. It never blocks.
func (i *Importer) Wake() {
	for _, one := range append(i.beside[:len(i.beside):len(i.beside)], i) {
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

// lane works until ctx ends, on one list after the other.
func (i *Importer) lane(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := i.Round(ctx)
		if err != nil && ctx.Err() == nil {
			i.Logger.Error("importing people", "err", err)
		}
		if worked && err == nil {
			continue
		}
		i.forgetOld(ctx)
		pause := time.NewTimer(idle/2 + rand.N(idle))
		select {
		case <-i.wake:
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

func (i *Importer) forgetOld(ctx context.Context) {
	if now := i.Now(); now.Sub(i.forgot) > forget {
		i.forgot = now
		if err := i.Store.ForgetIntakes(ctx); err != nil && ctx.Err() == nil {
			i.Logger.Error("forgetting old lists", "err", err)
		}
	}
}

func (i *Importer) until() time.Time { return i.Now().Add(lease) }

// Round does all of one list that waits, and tells whether there was one. The writing of a
// long one ends early where another organisation waits.
func (i *Importer) Round(ctx context.Context) (bool, error) {
	j, err := i.Store.TakeIntake(ctx, i.Worker, i.until())
	if err != nil || j.ID == "" {
		return false, err
	}
	if j.Stage == intake.Reading {
		err = i.read(ctx, j)
	} else {
		err = i.write(ctx, j)
	}
	switch {
	case err == nil, errors.Is(err, access.ErrConflict): // another worker has it now
		return true, nil
	case errors.Is(err, access.ErrForbidden): // whoever began it may no more
		return true, i.Store.FailIntake(ctx, j, intake.Problem{Code: intake.Stopped})
	default:
		return true, fmt.Errorf("list %s: %w", j.ID, err)
	}
}

// read checks a list's rows.
func (i *Importer) read(ctx context.Context, j intake.Job) error {
	file, err := i.Store.IntakeFile(ctx, j.ID)
	if err != nil {
		return err
	}
	table, err := i.Tables.Open(bytes.NewReader(file), int64(len(file)), j.Name)
	if problem, ok := unreadable(err); ok {
		return i.Store.EndReading(ctx, j, problem, i.until())
	}
	if err != nil {
		return err
	}
	defer table.Close() //nolint:errcheck // it was only read
	sheet := table.Sheet()
	if !sheet.Has(intake.Email) && !sheet.Has(intake.ExternalID) && !sheet.Has(intake.Number) && (j.Kind == intake.Choice || !named(sheet)) {
		return i.Store.EndReading(ctx, j, intake.Problem{Code: intake.NoColumn}, i.until())
	}
	if err := i.Store.BeginIntake(ctx, j, sheet, i.until()); err != nil {
		return err
	}
	if err := i.check(ctx, j, table, newReader(j, sheet, i.Contacts)); err != nil {
		return err
	}
	problem, _ := unreadable(table.Err())
	if table.Err() != nil && problem.Code == "" {
		return table.Err()
	}
	return i.Store.EndReading(ctx, j, problem, i.until())
}

// named tells whether people of a list have names, by which new ones may come
// without any key.
func named(s intake.Sheet) bool {
	return s.Has(intake.LastName) || s.Has(intake.FirstName) || s.Has(intake.Name)
}

// check reads, understands and keeps rows, all three at the same time.
func (i *Importer) check(ctx context.Context, j intake.Job, table Table, r *reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	given, understood := make(chan []intake.Row, 2), make(chan []intake.Row, 2)
	go func() { // ends with the table's rows, or with ctx
		defer close(given)
		var rows []intake.Row
		for row := range table.Rows() {
			rows = append(rows, row)
			if len(rows) < portion {
				continue
			}
			select {
			case given <- rows:
				rows = nil
			case <-ctx.Done():
				return
			}
		}
		if len(rows) > 0 {
			select {
			case given <- rows:
			case <-ctx.Done():
			}
		}
	}()
	go func() { // ends with the one above
		defer close(understood)
		for rows := range given {
			for n := range rows {
				r.read(&rows[n])
			}
			select {
			case understood <- rows:
			case <-ctx.Done():
			}
		}
	}()
	var failed error
	for rows := range understood {
		if failed == nil {
			if failed = i.Store.CheckRows(ctx, j, rows, i.until()); failed != nil {
				cancel()
			}
		}
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}

// write does what the rows say, and orders the invitations.
func (i *Importer) write(ctx context.Context, j intake.Job) error {
	for {
		more, err := i.Store.WriteRows(ctx, j, i.until())
		if err != nil {
			return err
		}
		if !more {
			return i.Store.EndWriting(ctx, j, i.until())
		}
		if yielded, err := i.Store.YieldIntake(ctx, j); err != nil || yielded {
			return err
		}
	}
}

func unreadable(err error) (intake.Problem, bool) {
	var u *Unreadable
	if errors.As(err, &u) {
		return u.Problem, true
	}
	return intake.Problem{}, false
}
