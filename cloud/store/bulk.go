package store

import (
	"context"
	"database/sql"
	"fmt"
)

// copier is a dialect whose database is further away than a function call, and
// takes many rows by other means than INSERT. There, deliveries in which nothing
// is out of the ordinary are looked up in one question and copied in; all others
// go row by row. The outcome is the same either way.
type copier interface {
	// Copy puts rows into a table: all of them, or none and the transaction that
	// on is in has failed.
	Copy(ctx context.Context, on *sql.Conn, table string, columns []string, rows [][]any) error
}

// bulk tells whether the database takes slices as arguments and rows in bulk.
func (s speaker) bulk() bool {
	_, ok := s.Dialect.(copier)
	return ok
}

// bulkRows are rows on their way into a table.
type bulkRows struct {
	table   string
	columns []string
	rows    [][]any
}

// write copies the rows in. Only for a database that takes them in bulk.
func (b *bulkRows) write(ctx context.Context, c conn) error {
	if len(b.rows) == 0 {
		return nil
	}
	if err := c.explain(c.Dialect.(copier).Copy(ctx, c.own, b.table, b.columns, b.rows)); err != nil {
		return fmt.Errorf("copy into %s: %w", b.table, err)
	}
	return nil
}
