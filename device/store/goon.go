package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"muster/device"
)

// goOn is the salvage of a store of which only the log is gone, and with it what
// was in nothing else; or that was set back to an older copy of its database. The
// database is whole, so it stays, with everybody whom the tablet knows. Its rows stay
// what they are and are told once more; what comes now goes into a new stream, for
// the numbers of what is gone may have been told to the cloud. done is false where
// there is more to it.
//
// Nothing can be found in a log that isn't there. One that is, and can't be read, is
// looked through as always, and set aside.
func goOn(ctx context.Context, files dbFiles) (report device.Salvage, done bool, err error) {
	noted, known := readNote(files.note)
	if log, err := os.Stat(files.log); !known || noted.Stream == uuid.Nil || err == nil && log.Size() >= walHeader || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return report, false, nil
	}
	if head := make([]byte, 16); readHead(files.db, head) != nil || string(head) != "SQLite format 3\x00" {
		return report, false, nil
	}
	f := &finds{same: true}
	if whole, err := f.look(ctx, files, noted); !whole || err != nil {
		return report, false, err
	}
	db, err := connect(files.db, "&_txlock=immediate", 1)
	if err != nil {
		return report, false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate(ctx, db); err != nil {
		return report, false, fmt.Errorf("migrate: %w", err)
	}
	if report, err = f.newest(ctx, db); err != nil {
		return report, false, err
	}
	noted.missing(&report)
	// From here on the log is not missed any more, but the rows are, until there is a
	// new stream: what is cut off begins anew.
	k := notary{dir: filepath.Dir(files.db), now: noted}
	if err := errors.Join(k.closed(), k.end()); err != nil {
		return report, false, err
	}
	s := &Store{write: db}
	return report, true, s.change(ctx, func(ctx context.Context, tx *sql.Tx) error { return f.begin(ctx, tx, noted.Stream, report) })
}

func readHead(path string, to []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = f.ReadAt(to, 0)
	return errors.Join(err, f.Close())
}

// look reads a database as it lies there, without a change to it or to what lies
// beside it, and tells whether it can go on: it is whole from one end to the other,
// knows who the tablet is, and is only older than what was noted.
func (f *finds) look(ctx context.Context, files dbFiles, noted note) (whole bool, err error) {
	db, err := connect(files.db, "&mode=ro&immutable=1&_query_only=true", 1)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check`).Scan(&verdict); err != nil || verdict != "ok" || !asWritten(ctx, db) {
		return false, nil //nolint:nilerr // then there is more to it
	}
	if readSpareFrom(ctx, &Store{write: db}, &f.state) != nil || f.state.Identity.Device == "" {
		return false, nil
	}
	if second, whole := loadSpare(files.spare); whole {
		if second.Identity.Device != f.state.Identity.Device {
			return false, nil
		}
		f.state = second // keys that were renewed may have been in the log
	}
	if noted.Open == 0 && compareNote(ctx, db, noted) == nil {
		return false, nil // it is something else
	}
	return true, nil
}

// asWritten tells whether each row of the journal is as its hash says.
func asWritten(ctx context.Context, db *sql.DB) bool {
	rows, err := db.QueryContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream`)
	if err != nil {
		return false
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		if row, err := scanRow(rows); err != nil || row.Sum() != row.Hash {
			return false
		}
	}
	return rows.Err() == nil
}

// newest reports what there is of the stream that was the current one, and keeps
// what an earlier report says that nobody was told yet.
func (f *finds) newest(ctx context.Context, db *sql.DB) (v device.Salvage, err error) {
	if _, err := getState(ctx, db, stateSalvage, &v); err != nil {
		return v, err
	}
	v.Same = true
	var id []byte
	var s device.SalvagedStream
	err = db.QueryRowContext(ctx, `SELECT s.id, coalesce(min(seq), 0), coalesce(max(seq), 0), count(seq)
		FROM streams s LEFT JOIN journal ON stream = no WHERE no = (SELECT max(no) FROM streams) GROUP BY s.id`).Scan(&id, &s.First, &s.Last, &s.Found)
	if err != nil {
		return v, fmt.Errorf("look at the newest stream: %w", err)
	}
	copy(s.Stream[:], id)
	v.Streams = append(v.Streams, s)
	return v, nil
}

// begin ends the current stream as one that was salvaged, and begins the next. The
// one that was noted may be gone, rows and all: it comes before the next as well.
func (f *finds) begin(ctx context.Context, tx *sql.Tx, noted uuid.UUID, report device.Salvage) error {
	for _, query := range []string{
		`DELETE FROM confirmed WHERE stream = (SELECT max(no) FROM streams)`,
		`UPDATE streams SET salvaged = 1, done = 0, through = 0 WHERE no = (SELECT max(no) FROM streams)`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO streams (id, salvaged) VALUES (?, 1) ON CONFLICT DO NOTHING`, noted[:]); err != nil {
		return err
	}
	if err := putState(ctx, tx, stateSalvage, report); err != nil {
		return err
	}
	return f.fillState(ctx, tx)
}
