package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"muster/device"
)

// storageError adds to an error of SQLite or of the file system what it means
// for the tablet. Errors that mean nothing in particular stay as they are.
func storageError(err error) error {
	kind := meaning(err)
	if err == nil || kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

func meaning(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return device.ErrStorageFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return device.ErrStorageReadOnly
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	// SQLite leaves the system's error here for some failures of its own.
	switch e.SystemErrno {
	case syscall.ENOSPC, syscall.EDQUOT:
		return device.ErrStorageFull
	case syscall.EROFS, syscall.EACCES, syscall.EPERM:
		return device.ErrStorageReadOnly
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return device.ErrStorageFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
		return device.ErrStorageReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return device.ErrStorageDamaged
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return device.ErrStorageBusy
	default:
		return nil
	}
}
