package swarm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a tablet's store.
const (
	storeFile  = "tablet.db"
	logFile    = "tablet.db-wal"
	markerFile = "tablet.made"
	noteFile   = "tablet.note"
)

// copyStore copies a store that is being written to, such that the copy is what a
// kill at some moment of the copying would have left: the log is copied after the
// file, the note of both before them, and all again if the log was begun anew in between. A transaction that was being
// written is torn in the copy, as it would be.
func copyStore(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for range 100 {
		before, err := logHead(from)
		if err != nil {
			return err
		}
		for _, name := range []string{markerFile, noteFile, storeFile, logFile} {
			if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
				return err
			}
		}
		after, err := logHead(from)
		if err != nil {
			return err
		}
		if bytes.Equal(before, after) {
			return nil
		}
	}
	return fmt.Errorf("copy %s: its log is begun anew faster than it can be copied", from)
}

// logHead returns the header of the write-ahead log, which changes when the log
// is begun anew; empty when there is no log.
func logHead(dir string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, logFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	head := make([]byte, 32)
	n, err := io.ReadFull(f, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// copyFile copies a file, or removes the target where there is none.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// ForgetLog is what a disk does that confirms a sync and keeps nothing: the newest
// pages of a killed tablet's log are gone. A fleet on such disks loses ticks, and
// its report must say so.
func ForgetLog(dir string) error {
	path := filepath.Join(dir, logFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Truncate(path, max(info.Size()-64<<10, info.Size()/2))
}
