package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// Stock is what a database has to export.
type Stock struct {
	Identity   device.Identity   // empty where it is lost
	Credential device.Credential // empty where it is lost
	Whole      bool              // it could be read in the ordinary way
	Own        []Body            // rows of this tablet
	Held       []Body            // rows of whoever the tablet was before, where that is not known any more
}

// Body is a row as it is sent.
type Body struct {
	Stream uuid.UUID
	Seq    uint64
	Row    []byte
}

// Databases returns the tablet's database in a folder and those that were set
// aside, the newest first.
func Databases(dir string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, database+".aside-*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(all)
	slices.Reverse(all)
	if path := filepath.Join(dir, database); exists(path) || len(all) == 0 {
		all = append([]string{path}, all...)
	}
	return all, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Take reads the journal of a database, in use, set aside or damaged: rows that
// the cloud has not confirmed, or all. Of a damaged one it takes every row that
// can be read. It changes nothing.
func Take(ctx context.Context, path string, all bool) (Stock, error) {
	files := filesOf(path)
	temp := ""
	if files.db != filepath.Join(filepath.Dir(path), database) { // nobody writes to it, and SQLite wants the log under its own name
		var err error
		if temp, err = os.MkdirTemp("", "muster-export-*"); err != nil {
			return Stock{}, fmt.Errorf("export: %w", err)
		}
		defer os.RemoveAll(temp) //nolint:errcheck // the system clears it
		for to, from := range map[string]string{database: files.db, database + "-wal": files.log, noteFile: files.note} {
			if err := copyFile(filepath.Join(temp, to), from); err != nil {
				return Stock{}, fmt.Errorf("export: %w", err)
			}
		}
		path = filepath.Join(temp, database)
	}
	s, err := takeOrdinary(ctx, path, all)
	if err == nil {
		return s, nil
	}
	if !exists(files.db) && !exists(files.log) {
		return s, fmt.Errorf("export: %w", err)
	}
	f, err := findAll(ctx, files)
	if err != nil {
		return s, fmt.Errorf("export: %w", err)
	}
	s = Stock{Identity: f.state.Identity, Credential: f.state.Credentials.Current}
	if !f.same {
		s.Credential = device.Credential{}
	}
	for _, no := range f.streams {
		for _, r := range slices.Concat(f.good[no], f.damaged[no], f.doubt[no]) {
			if err := s.add(r, !f.same || slices.Contains(f.state.Held, no)); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

func (s *Stock) add(r device.Row, held bool) error {
	body, err := proto.Marshal(wire.FromRow(r))
	if err != nil {
		return fmt.Errorf("export: row %d: %w", r.Seq, err)
	}
	to := &s.Own
	if held {
		to = &s.Held
	}
	*to = append(*to, Body{r.Stream, r.Seq, body})
	return nil
}

// takeOrdinary reads a database that is whole.
func takeOrdinary(ctx context.Context, path string, all bool) (s Stock, err error) {
	if err := lookBefore(filesOf(path)); err != nil {
		return s, err
	}
	db, err := connect(path, "&_query_only=true&mode=ro", 1)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer tx.Rollback() //nolint:errcheck // it only reads
	var verdict string
	if err := tx.QueryRowContext(ctx, `PRAGMA quick_check(journal)`).Scan(&verdict); err != nil {
		return s, err
	} else if verdict != "ok" {
		return s, fmt.Errorf("%w: %s", device.ErrStorageDamaged, verdict)
	}
	var c device.Credentials
	if _, err := getState(ctx, tx, stateIdentity, &s.Identity); err != nil {
		return s, err
	}
	if _, err := getState(ctx, tx, stateCredentials, &c); err != nil {
		return s, err
	}
	s.Credential, s.Whole = c.Current, true
	has, err := columns(ctx, tx)
	if err != nil {
		return s, err
	}
	held := "0"
	if has {
		held = "s.held"
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+held+`, `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream
		WHERE ? OR j.seq > s.through AND NOT EXISTS (SELECT 1 FROM confirmed c WHERE c.stream = j.stream AND c.seq = j.seq)
		ORDER BY j.stream, j.seq`, all)
	if err != nil {
		return s, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var of bool
		row, err := scanRow(scanAfter{rows, &of})
		if err != nil {
			return s, err
		}
		if err := s.add(row, of); err != nil {
			return s, err
		}
	}
	if err := rows.Err(); err != nil || !has {
		return s, err
	}
	return s, s.takeDamaged(ctx, tx)
}

// scanAfter scans a column before those of a row.
type scanAfter struct {
	rows  *sql.Rows
	first any
}

func (s scanAfter) Scan(to ...any) error { return s.rows.Scan(append([]any{s.first}, to...)...) }

// columns tells whether the database is new enough to hold what was salvaged.
func columns(ctx context.Context, tx *sql.Tx) (has bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = 'damaged'`).Scan(&has)
	return has, err
}

func (s *Stock) takeDamaged(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT stream, seq, row, held FROM damaged ORDER BY stream, seq`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var b Body
		var id []byte
		var held bool
		if err := rows.Scan(&id, &b.Seq, &b.Row, &held); err != nil {
			return err
		}
		copy(b.Stream[:], id)
		if held {
			s.Held = append(s.Held, b)
		} else {
			s.Own = append(s.Own, b)
		}
	}
	return rows.Err()
}

// dbFiles are the files of a database, under whatever names they have now.
type dbFiles struct{ db, log, spare, note string }

func filesOf(path string) dbFiles {
	dir, name := filepath.Split(path)
	ending := strings.TrimPrefix(name, database)
	f := dbFiles{path, filepath.Join(dir, database+"-wal"+ending), filepath.Join(dir, spareFile+ending), filepath.Join(dir, noteFile+ending)}
	if !exists(f.spare) { // the tablet went on with it
		f.spare = filepath.Join(dir, spareFile)
	}
	return f
}
