// Package scratch makes folders for tests that don't outlive them: not even
// those of a test that was killed, which the next one clears away.
package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// settled is the age from which on a folder has been locked, if anybody owns it.
const settled = time.Minute

// Folder makes a folder in parent (empty: the system's for temporary files) and
// returns its path and what removes it. Folders of the same name that somebody
// made and can't remove any more go.
func Folder(parent, name string) (path string, remove func() error, err error) {
	if parent == "" {
		parent = os.TempDir()
	}
	prefix := "muster-" + name + "-"
	if err := sweep(filepath.Join(parent, prefix+"*")); err != nil {
		return "", nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	if path, err = os.MkdirTemp(parent, prefix); err != nil {
		return "", nil, err
	}
	lock, err := hold(path)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(path))
	}
	return path, func() error { return errors.Join(os.RemoveAll(path), lock.Close()) }, nil
}

// hold locks a folder until the file is closed, or the program ends in any way.
func hold(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func sweep(pattern string) error {
	all, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, path := range all {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < settled {
			continue
		}
		lock, err := hold(path)
		if err != nil {
			continue // somebody's, or another's to remove
		}
		_ = errors.Join(os.RemoveAll(path), lock.Close()) // another user's stay
	}
	return nil
}
