package swarm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"muster/cloud/store/postgres"
	"muster/cloud/store/sqlite"
)

// rawBatch is how many rows a bare loop puts into one transaction.
const rawBatch = 1000

// columns of raw_rows, with what PostgreSQL calls a list of each.
var columns = []struct{ name, list string }{
	{"device", "text[]"},
	{"stream", "bytea[]"},
	{"seq", "int8[]"},
	{"id", "bytea[]"},
	{"org", "text[]"},
	{"kind", "text[]"},
	{"payload", "bytea[]"},
	{"device_time", "int8[]"},
	{"monotonic", "int8[]"},
	{"boot", "text[]"},
	{"clock_offset", "int8[]"},
	{"uncertainty", "int8[]"},
	{"trust", "int8[]"},
	{"prev", "bytea[]"},
	{"hash", "bytea[]"},
	{"received_at", "int8[]"},
}

// RawInsert inserts as many rows as the cloud has raw rows, the same ones, into an
// empty table of the same shape in the same database, a thousand to a transaction,
// and does nothing else: the limit that no cloud could beat. Reading them is not
// counted.
func (o *OwnCloud) RawInsert(ctx context.Context) (rows int, took time.Duration, err error) {
	read, write, err := o.database(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, read.Close(), write.Close()) }()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	all := strings.Join(names, ", ")
	for _, text := range []string{
		`CREATE TABLE bare AS SELECT ` + all + ` FROM raw_rows WHERE 1 = 0`,
		`CREATE UNIQUE INDEX bare_place ON bare (device, stream, seq)`, `CREATE UNIQUE INDEX bare_id ON bare (id)`,
	} {
		if _, err := write.ExecContext(ctx, text); err != nil {
			return 0, 0, fmt.Errorf("make a bare table: %w", err)
		}
	}
	list, err := read.QueryContext(ctx, `SELECT `+all+` FROM raw_rows`)
	if err != nil {
		return 0, 0, err
	}
	defer list.Close() //nolint:errcheck // list.Err says it
	put := putSQLite
	if o.store != "" {
		put = putPostgres
	}
	var batch [][]any
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		began := time.Now()
		if err := put(ctx, write, all, batch); err != nil {
			return fmt.Errorf("bare insert: %w", err)
		}
		took += time.Since(began)
		rows += len(batch)
		batch = nil
		return nil
	}
	for list.Next() {
		row := make([]any, len(columns))
		to := make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := list.Scan(to...); err != nil {
			return rows, took, err
		}
		if batch = append(batch, row); len(batch) == rawBatch {
			if err := flush(); err != nil {
				return rows, took, err
			}
		}
	}
	return rows, took, errors.Join(list.Err(), flush())
}

func (o *OwnCloud) database(ctx context.Context) (read, write *sql.DB, err error) {
	if o.store != "" {
		// All rows are read by one statement, which may well take minutes.
		at, err := url.Parse(o.store)
		if err != nil {
			return nil, nil, fmt.Errorf("address of the database: %w", err)
		}
		query := at.Query()
		query.Set("statement_timeout", "0")
		at.RawQuery = query.Encode()
		db, err := postgres.Open(ctx, at.String())
		if err != nil {
			return nil, nil, err
		}
		return db.Read, db.Write, nil
	}
	db, err := sqlite.Open(ctx, filepath.Join(o.options.Data, "cloud.db"))
	if err != nil {
		return nil, nil, err
	}
	return db.Read, db.Write, nil
}

func putSQLite(ctx context.Context, db *sql.DB, names string, batch [][]any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO bare (`+names+`) VALUES (?`+strings.Repeat(", ?", len(columns)-1)+`) ON CONFLICT DO NOTHING`)
	if err != nil {
		return err
	}
	defer stmt.Close() //nolint:errcheck // ends with the transaction
	for _, row := range batch {
		if _, err := stmt.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func putPostgres(ctx context.Context, db *sql.DB, names string, batch [][]any) error {
	lists := make([]any, len(columns))
	places := make([]string, len(columns))
	for i, c := range columns {
		places[i] = fmt.Sprintf("$%d::%s", i+1, c.list)
		switch c.list {
		case "text[]":
			lists[i] = listOf[string](batch, i)
		case "bytea[]":
			lists[i] = listOf[[]byte](batch, i)
		default:
			lists[i] = listOf[int64](batch, i)
		}
	}
	_, err := db.ExecContext(ctx, `INSERT INTO bare (`+names+`) SELECT * FROM unnest(`+strings.Join(places, ", ")+`) ON CONFLICT DO NOTHING`, lists...)
	return err
}

// listOf puts one column of a batch into a list.
func listOf[T any](batch [][]any, column int) []T {
	list := make([]T, len(batch))
	for i, row := range batch {
		list[i], _ = row[column].(T) //nolint:errcheck // a column is of one type
	}
	return list
}
