package store

import (
	"context"
	"sync"

	"muster/intake"
)

// aheadRows are the rows of a list that come next, read while those before are
// being written: nobody but the list's worker changes them by then.
type aheadRows struct {
	intake intake.ID
	after  int // the line they are behind
	rows   []intake.Row
}

// rowsAhead keeps the rows that were read ahead last.
type rowsAhead struct {
	sync.Mutex
	latest aheadRows
}

// readAhead reads the next rows of a list beside a transaction that writes some.
type readAhead struct {
	*Store
	ctx    context.Context
	intake intake.ID
	before aheadRows // what was read beside the transaction before
	next   aheadRows
	begun  int // the line behind which next is being read
	done   sync.WaitGroup
}

func (s *Store) readingAhead(ctx context.Context, id intake.ID) *readAhead {
	s.ahead.Lock()
	defer s.ahead.Unlock()
	r := &readAhead{Store: s, ctx: ctx, intake: id, before: s.ahead.latest}
	s.ahead.latest = aheadRows{}
	return r
}

// rows returns the rows behind a line, and has those read that come after them.
func (r *readAhead) rows(ctx context.Context, t *tx, line, most int) (rows []intake.Row, err error) {
	if b := r.before; most == writeAtOnce && b.intake == r.intake && b.after == line && len(b.rows) > 0 {
		rows = b.rows
	} else if rows, err = nextRows(ctx, t, r.intake, line, most); err != nil {
		return nil, err
	}
	if len(rows) == writeAtOnce && r.begun == 0 {
		r.begun = rows[len(rows)-1].Line
		r.done.Go(func() {
			if rows, err := nextRows(r.ctx, r.read, r.intake, r.begun, writeAtOnce); err == nil { // else they are read in their turn
				r.next = aheadRows{r.intake, r.begun, rows}
			}
		})
	}
	return rows, nil
}

// keep waits until what comes next is read, and keeps it for the next transaction.
func (r *readAhead) keep() {
	r.done.Wait()
	r.ahead.Lock()
	defer r.ahead.Unlock()
	r.ahead.latest = r.next
}

func nextRows(ctx context.Context, q querier, id intake.ID, line, most int) ([]intake.Row, error) {
	return intakeRows(ctx, q, (&where{sql: ` WHERE intake = ?`, args: []any{id}}).and("line > ?", line), most)
}
