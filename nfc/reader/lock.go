package reader

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process holds the port.
var ErrLocked = errors.New("in use by another process")

// Lock takes the port's lock (flock), which every well-behaved user of a serial
// line respects. libnfc does not: it opens a port twice without a word. The lock
// is held until the returned function is called or the process ends.
func Lock(node string) (unlock func(), err error) {
	f, err := os.OpenFile(node, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("lock port: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock port %s: %w", node, ErrLocked)
		}
		return nil, fmt.Errorf("lock port %s: %w", node, err)
	}
	return func() { _ = f.Close() }, nil
}
