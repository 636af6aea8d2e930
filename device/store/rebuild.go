package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// The new store on its way, and when it is whole: from the second name on, it is
// the tablet's store.
const (
	rebuilding = "tablet.db.rebuilding"
	rebuilt    = "tablet.db.salvaged"
)

// rebuild makes a new database out of what was found.
func rebuild(ctx context.Context, dir string, f *finds, report device.Salvage) error {
	path := filepath.Join(dir, rebuilding)
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, err := connect(path, "&_txlock=immediate", 1)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(ctx, db, f, report), db.Close()); err != nil {
		return err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return fmt.Errorf("%s-wal is still there", path)
	}
	if file, err = os.OpenFile(path, os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(dir, rebuilt)); err != nil {
		return err
	}
	return syncFolder(dir)
}

func fill(ctx context.Context, db *sql.DB, f *finds, report device.Salvage) error {
	if err := migrate(ctx, db); err != nil {
		return err
	}
	s := &Store{write: db}
	var err error
	if s.append, err = db.PrepareContext(ctx, appendRow); err != nil {
		return err
	}
	err = s.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		insert := tx.StmtContext(ctx, s.append)
		for _, no := range f.streams {
			id := f.ids[no]
			held := !f.same || slices.Contains(f.state.Held, no)
			if _, err := tx.ExecContext(ctx, `INSERT INTO streams (no, id, held, salvaged) VALUES (?, ?, ?, 1)`, no, id[:], held); err != nil {
				return err
			}
			for _, row := range f.good[no] {
				if err := appendOne(ctx, insert, row); err != nil {
					return err
				}
			}
			// What is in doubt is told in the report, but of somebody else it is only kept.
			aside := f.damaged[no]
			if held {
				aside = append(slices.Clone(aside), f.doubt[no]...)
			}
			for _, row := range aside {
				body, err := proto.Marshal(wire.FromRow(row))
				if err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, `INSERT INTO damaged (stream, seq, row, held) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
					id[:], int64(row.Seq), body, held); err != nil {
					return err
				}
			}
		}
		if err := putState(ctx, tx, stateSalvage, report); err != nil {
			return err
		}
		return f.fillState(ctx, tx)
	})
	return errors.Join(err, s.append.Close())
}

// fillState makes the tablet the one that it was, or keeps who that was for an
// export.
func (f *finds) fillState(ctx context.Context, tx *sql.Tx) error {
	if !f.same {
		return putState(ctx, tx, stateBefore, f.state.Identity)
	}
	if f.state.Before.Device != "" {
		if err := putState(ctx, tx, stateBefore, f.state.Before); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		name string
		v    any
	}{
		{stateIdentity, f.state.Identity},
		{stateCredentials, f.state.Credentials},
		{stateSettings, f.state.Settings},
		{stateLock, f.state.Lock},
		{stateRevoked, f.state.Revoked},
	} {
		if err := putState(ctx, tx, part.name, part.v); err != nil {
			return err
		}
	}
	if err := f.fillBygone(ctx, tx); err != nil {
		return err
	}
	return mint(ctx, tx)
}

// finishSalvage puts the new store into the place of the damaged one, if there
// is a new one. It goes on where an earlier attempt was cut off.
func finishSalvage(dir string, now time.Time) error {
	if _, err := os.Stat(filepath.Join(dir, rebuilt)); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	ending := asideEnding(now)
	for _, name := range []string{database + "-wal", database + "-shm", noteFile, database} {
		if err := rename(dir, name, name+ending); err != nil {
			return err
		}
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, rebuilt), filepath.Join(dir, database)); err != nil {
		return err
	}
	return syncFolder(dir)
}

// rename renames a file that may not be there.
func rename(dir, from, to string) error {
	err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func asideEnding(now time.Time) string { return ".aside-" + now.UTC().Format("20060102T150405Z") }
