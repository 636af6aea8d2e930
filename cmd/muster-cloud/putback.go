package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"muster/cloud/store/sqlite"
	"muster/internal/failpoint"
)

// beside are the files that stand beside a SQLite database under its name and belong to
// it: beside another file they would be taken for a part of that, and spoil it.
var beside = []string{logSuffix, journalSuffix, indexSuffix}

const (
	logSuffix     = "-wal"
	journalSuffix = "-journal" // of a file that was not written by a cloud last
	indexSuffix   = "-shm"     // of the log: SQLite makes it anew
)

// putBack puts a backup in the place of the database. What was there stays, under
// another name, with its log; it returns the name, empty where nothing was there. made
// is done to the copy of the backup before it is in place: when the power goes, either
// what was there is there, or the whole of the new, or no cloud starts (see unfinished)
// until this was done again.
func putBack(ctx context.Context, data, backup string, made func(path string) error) (replaced string, err error) {
	owner, err := os.Stat(data)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	f, err := takeFolder(data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	p, err := placeFor(f.database())
	if err != nil {
		return "", err
	}
	if err := p.clear(backup); err != nil {
		return "", err
	}
	err = copyWhole(ctx, backup, p.fresh())
	if err == nil {
		err = made(p.fresh())
	}
	if err == nil {
		err = belongTo(data, owner)
	}
	if err == nil {
		err = settled(p.fresh())
	}
	if err != nil {
		return "", errors.Join(err, p.remove())
	}
	for _, c := range p.changes() {
		failpoint.Pass(failpoint.Placing)
		if err := c.do(); err != nil {
			return "", fmt.Errorf("put the backup in the place of the database: %w", err)
		}
	}
	failpoint.Pass(failpoint.Placed)
	if !exists(p.replaced()) {
		return "", nil
	}
	return p.replaced(), nil
}

// copyWhole copies a backup, with its log if it has one, and checks the copy.
func copyWhole(ctx context.Context, backup, to string) error {
	for _, suffix := range []string{"", logSuffix, journalSuffix} {
		if err := copyTo(backup+suffix, to+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("copy the backup: %w", err)
		}
	}
	failpoint.Pass(failpoint.Copied)
	return sqlite.Whole(ctx, to)
}

// settled sees to it that a database nobody has open is one file, and on the disk.
func settled(path string) error {
	for _, suffix := range []string{logSuffix, journalSuffix} {
		switch left, err := os.Stat(path + suffix); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case left.Size() > 0: // it could not be written into the database
			return fmt.Errorf("%s was not taken into the database: is there no room on the disk?", path+suffix)
		}
	}
	for _, suffix := range beside {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFile(path)
}

func copyTo(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// belongTo gives what is in a folder to the folder's owner: root puts a backup back for a
// cloud that is not root.
func belongTo(data string, owner fs.FileInfo) error {
	st, ok := owner.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) == os.Geteuid() {
		return nil
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Lchown(filepath.Join(data, e.Name()), int(st.Uid), int(st.Gid)); err != nil {
			return fmt.Errorf("give the files to the folder's owner: %w", err)
		}
	}
	return nil
}

// syncFile has what a file or a folder holds reach the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// stamp names what a restore replaces by when that was.
func stamp(now time.Time) string { return now.UTC().Format("20060102T150405.000") }
