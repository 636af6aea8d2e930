package store

import (
	"context"
	"fmt"
	"time"
)

// timekeeper is a Dialect of a database that has a clock of its own. ServerTime is
// the query for it, in microseconds since 1970.
type timekeeper interface{ ServerTime() string }

// Skew is by how much this program's clock is ahead of the database server's, within
// Width either way.
type Skew struct{ Off, Width time.Duration }

// Beyond tells whether the clocks certainly differ by more than a limit.
func (s Skew) Beyond(limit time.Duration) bool { return s.Off.Abs()-s.Width > limit }

// How the clocks are compared: the quickest of some questions counts, unless even
// that one was too slow to say anything.
const (
	skewSamples = 3
	skewWidest  = time.Second
)

// Skew compares the clocks. ok is false where there is no second clock, as with a
// file, or nothing can be said because the answer took too long.
func (s *Store) Skew(ctx context.Context) (k Skew, ok bool, err error) {
	server, keeps := s.read.Dialect.(timekeeper)
	if !keeps {
		return k, false, nil
	}
	k.Width = skewWidest
	for range skewSamples {
		asked, before := time.Now(), s.now()
		var us int64
		if err := s.read.QueryRowContext(ctx, server.ServerTime()).Scan(&us); err != nil {
			return k, false, fmt.Errorf("ask the database for its time: %w", err)
		}
		width := time.Since(asked) / 2
		if width < k.Width {
			k, ok = Skew{before.Add(width).Sub(fromMicros(us)), width}, true
		}
	}
	return k, ok, nil
}

// ReplicaClock is what a replica says of its clock.
type ReplicaClock struct {
	Off   time.Duration // ahead of the database server's
	Wrong bool          // so far that it takes no tablets
}

// NoteClock has the next Beat say how this replica's clock is.
func (s *Store) NoteClock(c ReplicaClock) { s.clock.Store(&c) }

func (s *Store) clockNoted() ReplicaClock {
	if c := s.clock.Load(); c != nil {
		return *c
	}
	return ReplicaClock{}
}
