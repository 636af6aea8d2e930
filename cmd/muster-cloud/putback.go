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
)

// The log of a SQLite database, and the index of that, stand beside it under its name.
const (
	logSuffix   = "-wal"
	indexSuffix = "-shm"
)

// putBack puts a backup in the place of the database. What was there stays, under
// another name, with its log: beside another file that would be taken for a part of it,
// and spoil it. It returns the name.
func putBack(ctx context.Context, data, backup string) (replaced string, err error) {
	owner, err := os.Stat(data)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	f, err := openFolder(data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	fresh := f.database() + ".new"
	remove := func() error {
		var errs []error
		for _, suffix := range []string{"", logSuffix, indexSuffix} {
			if err := os.Remove(fresh + suffix); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		return errors.Join(errs...)
	}
	if err := remove(); err != nil {
		return "", err
	}
	err = copyWhole(ctx, backup, fresh)
	if err == nil {
		err = belongTo(data, owner)
	}
	if err != nil {
		return "", errors.Join(err, remove())
	}
	replaced = f.database() + ".replaced-" + time.Now().UTC().Format("20060102T150405.000")
	for _, suffix := range []string{"", logSuffix} {
		if err := os.Rename(f.database()+suffix, replaced+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("put the database aside: %w", err)
		}
	}
	if err := os.Remove(f.database() + indexSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("put the database aside: %w", err)
	}
	if err := os.Rename(fresh, f.database()); err != nil {
		return "", fmt.Errorf("put the backup in the place of the database: %w", err)
	}
	return replaced, syncFile(data)
}

// copyWhole copies a backup, with its log if it has one, and checks the copy.
func copyWhole(ctx context.Context, backup, to string) error {
	for _, suffix := range []string{"", logSuffix} {
		if err := copyTo(backup+suffix, to+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("copy the backup: %w", err)
		}
	}
	if err := sqlite.Whole(ctx, to); err != nil {
		return err
	}
	return syncFile(to)
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

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
