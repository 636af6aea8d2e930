package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stateFolder is where the cloud keeps its data unless told otherwise, after the
// XDG Base Directory Specification.
func stateFolder() string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "muster-cloud")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "muster-cloud"
	}
	return filepath.Join(home, ".local", "state", "muster-cloud")
}

// folder is the cloud's data, held by one process at a time.
type folder struct {
	path string
	lock *os.File
}

// openFolder takes a folder for this process and makes it ready for a cloud.
func openFolder(path string) (*folder, error) {
	f, err := takeFolder(path)
	if err != nil {
		return nil, err
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// takeFolder makes the folder where there is none and takes it for this process.
// It holds the certificate authority's key: only its owner may look inside.
func takeFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: another muster-cloud is using it: %w", path, err), lock.Close())
	}
	return &folder{path: path, lock: lock}, nil
}

// prepare makes the database file before SQLite does, so that nobody else can
// read it, but not where one is about to be put, and clears away what an earlier run
// that was killed has left.
func (f *folder) prepare() error {
	if unfinished(f.database()) == nil {
		db, err := os.OpenFile(f.database(), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("database file: %w", err)
		}
		if err := errors.Join(db.Chmod(0o600), db.Close()); err != nil {
			return fmt.Errorf("database file: %w", err)
		}
	}
	if err := os.RemoveAll(f.scratch()); err != nil {
		return fmt.Errorf("clear scratch: %w", err)
	}
	return os.Mkdir(f.scratch(), 0o700)
}

func (f *folder) database() string  { return filepath.Join(f.path, "cloud.db") }
func (f *folder) scratch() string   { return filepath.Join(f.path, "scratch") }
func (f *folder) authority() string { return filepath.Join(f.path, "authority.pem") }
func (f *folder) faceKeys() string  { return filepath.Join(f.path, "face-keys") }

// Close gives the folder free.
func (f *folder) Close() error { return f.lock.Close() }
