package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"muster/device"
)

// SetAside moves a tablet's database out of the way, so that the next start
// makes a new one. Nothing is deleted: the files get the time as part of their
// names, and rows that were not sent can still be read out of them. It is meant
// for a person who has decided so; nothing in the tablet calls it by itself.
func SetAside(dir string, now time.Time) (moved []string, err error) {
	lock, err := takeLock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("set the store aside: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	ending := asideEnding(now)
	// The marker goes last: until then a start would miss the database and say so.
	for _, name := range []string{database, database + "-wal", database + "-shm", rebuilt, spareFile, noteFile, marker} {
		from, to := filepath.Join(dir, name), filepath.Join(dir, name+ending)
		err := os.Rename(from, to)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return moved, fmt.Errorf("set the store aside: %w", err)
		}
		moved = append(moved, to)
	}
	return moved, nil
}

// Read reads the journal of the tablet in dir, all streams from their oldest row
// on, while a tablet may be running on it. end tells whether all was read.
func Read(ctx context.Context, dir string) (rows iter.Seq[device.Row], end func() error, err error) {
	path := filepath.Join(dir, database)
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", err)
	}
	db, err := connect(path, "&_query_only=true&mode=ro", 1)
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", storageError(err))
	}
	found, err := db.QueryContext(ctx, `SELECT `+rowColumns+` FROM journal j JOIN streams s ON s.no = j.stream ORDER BY j.stream, j.seq`)
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", errors.Join(storageError(err), db.Close()))
	}
	var failed error
	rows = func(yield func(device.Row) bool) {
		for found.Next() {
			row, err := scanRow(found)
			if err != nil {
				failed = err
				return
			}
			if !yield(row) {
				return
			}
		}
		failed = found.Err()
	}
	return rows, func() error { return errors.Join(wrap("read the journal", failed), found.Close(), db.Close()) }, nil
}

// Check tells whether the store in dir is what was written last, as a start would
// find, while a tablet may be running on it; device.ErrStorageDamaged where it isn't.
func Check(ctx context.Context, dir string) error {
	files := filesOf(filepath.Join(dir, database))
	var err error
	for range 3 { // a tablet that is just being closed takes its log away
		if err = checkOnce(ctx, files); !errors.Is(err, device.ErrStorageDamaged) {
			break
		}
	}
	return wrap("check the store", err)
}

func checkOnce(ctx context.Context, files dbFiles) error {
	noted, _ := readNote(files.note)
	if err := lookBefore(files); err != nil {
		return err
	}
	db, err := connect(files.db, "&_query_only=true&mode=ro", 1)
	if err != nil {
		return err
	}
	return errors.Join(compareNote(ctx, db, noted), db.Close())
}
