package device

import "errors"

// What can be wrong with the tablet's own storage. Whoever stores wraps one of
// these, so that the kiosk can tell a person which it is.
var (
	// ErrStorageFull: the disk has no room left; nothing was stored.
	ErrStorageFull = errors.New("storage is full")
	// ErrStorageReadOnly: the disk or the file can't be written.
	ErrStorageReadOnly = errors.New("storage is read-only")
	// ErrStorageDamaged: the file is not what was written. It is never replaced by
	// a new one unless somebody says so.
	ErrStorageDamaged = errors.New("storage is damaged")
	// ErrStorageBusy: another process holds it.
	ErrStorageBusy = errors.New("storage is in use by another process")
)

// ErrNoStream says that the journal has no stream yet, because the tablet has
// never been activated.
var ErrNoStream = errors.New("the journal has no stream")
