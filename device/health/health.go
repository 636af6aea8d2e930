// Package health gathers how the tablet is, for the console: what waits, the
// reader, the disk, the clock, the roster.
package health

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Interval is how often a tablet tells how it is when nothing changes.
const Interval = 30 * time.Second

// Store counts what the tablet holds.
type Store interface {
	// Waiting counts unconfirmed rows; oldest is when the first of them was
	// written, by the tablet's clock in microseconds since 1970, 0 for none.
	Waiting(ctx context.Context) (n int, oldest int64, err error)
	Profiles(ctx context.Context) (int, error)
}

// Monitor knows how the tablet is. Make one with New; it is safe for use by many
// goroutines.
type Monitor struct {
	store   Store
	dir     string
	version string
	started time.Time

	mu     sync.Mutex
	reader device.ReaderState
	detail string
}

// New returns a monitor of a tablet that keeps its data in dir.
func New(store Store, dir, version string, started time.Time) *Monitor {
	return &Monitor{store: store, dir: dir, version: version, started: started, reader: device.ReaderStarting}
}

// Reader takes note of how the card reader is.
func (m *Monitor) Reader(state device.ReaderState, detail string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reader, m.detail = state, detail
}

// Health returns how the tablet is. What can't be found out is left zero; the
// rest is told all the same, with the error.
func (m *Monitor) Health(ctx context.Context, now attendance.ClockReading, locked bool) (device.Health, error) {
	m.mu.Lock()
	h := device.Health{
		At: now.Device, Version: m.version, Reader: m.reader, ReaderDetail: m.detail, ClockOffset: now.Offset,
		Trust: now.Trust.String(), Locked: locked, Started: m.started,
	}
	m.mu.Unlock()
	h.DiskFree = free(m.dir)
	n, oldest, err := m.store.Waiting(ctx)
	if err != nil {
		return h, fmt.Errorf("health: %w", err)
	}
	h.Waiting = n
	if n > 0 && oldest > 0 {
		h.OldestWait = max(0, now.Device.Sub(time.UnixMicro(oldest)))
	}
	if h.Profiles, err = m.store.Profiles(ctx); err != nil {
		return h, fmt.Errorf("health: %w", err)
	}
	return h, nil
}

// free returns how many bytes an ordinary process may still write.
func free(dir string) uint64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}

// maxDetail is the longest detail that is sent, in bytes.
const maxDetail = 512

// Pulse puts health into its message. trust is the clock's, which the health has
// by name;
// roster is how people and cards stand.
func Pulse(h device.Health, trust attendance.Trust, roster device.RosterState) *wire.Pulse {
	return &wire.Pulse{
		SentUs: h.At.UnixMicro(), Version: h.Version, Waiting: uint32(min(h.Waiting, 1<<31)), OldestWaitUs: h.OldestWait.Microseconds(),
		Reader: string(h.Reader), ReaderDetail: toUTF8(brief(h.ReaderDetail)), DiskFree: h.DiskFree, ClockOffsetUs: h.ClockOffset.Microseconds(),
		Trust: wire.ClockTrust(trust), FeedVersion: roster.At.Version, Profiles: uint32(min(h.Profiles, 1<<31)), Locked: h.Locked,
		StartedUs: h.Started.UnixMicro(), FeedEpoch: roster.At.Epoch, FeedPeople: roster.At.People, FeedCurrentUs: micros(roster.Current),
		FeedSkipped: uint32(min(roster.Skipped, 1<<31)), FeedProblem: toUTF8(brief(roster.Problem)), //nolint:gosec // not negative
		Reading: uint32(max(roster.Reading, 0)), //nolint:gosec // a handful
	}
}

// toUTF8 makes a text fit for a message, which refuses anything else.
func toUTF8(s string) string { return strings.ToValidUTF8(s, "?") }

func brief(s string) string { return s[:min(len(s), maxDetail)] }

// micros returns a time as it is sent; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
