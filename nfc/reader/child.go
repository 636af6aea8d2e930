//go:build cgo

package reader

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"muster/nfc"
)

// The pace of the child's loop.
const (
	period    = 20 * time.Millisecond  // from one search to the next; measured as a good trade of delay and load
	heartbeat = 250 * time.Millisecond // at least one event in this time while all is well
	maxErrors = 3                      // searches that fail in a row before the reader is opened anew
	maxBad    = 3                      // unreadable answers in a row before somebody is told
)

// Child is the whole work of the reader process: it opens the reader, searches
// for cards and writes what happens to w, until ctx or standard input ends or the
// reader fails. connstring is libnfc's; empty takes the only reader there is.
//
// It is meant to be all that a process does: it locks its goroutine to a thread,
// ignores SIGINT (the parent decides) and ends the process if libnfc doesn't
// return once standard input has closed.
func Child(ctx context.Context, connstring string, w io.Writer) error {
	signal.Ignore(os.Interrupt)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
		time.AfterFunc(time.Second, func() { os.Exit(1) })
	}()
	if err := (event{Kind: kindAlive}).write(w); err != nil {
		return err
	}
	dev, err := openReader(connstring)
	if err != nil {
		e := event{Kind: kindFailing, Detail: err.Error()}
		if errors.Is(err, errNoReader) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.EIO) {
			e.Kind = kindMissing
		}
		_ = e.write(w)
		return err
	}
	defer dev.close()
	l := loop{look: dev.look, leftover: dev.leftover, name: dev.dev.Connection(), w: w}
	return l.run(ctx)
}

// loop is the search for cards, apart from libnfc itself.
type loop struct {
	look     func() (t nfc.Target, found bool, err error)
	leftover func(nfc.Target) bool
	name     string
	w        io.Writer

	ready  bool
	told   time.Time // when the last event was written
	errors int
	bad    int
	known  nfc.Target // the last card believed
}

func (l *loop) run(ctx context.Context) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		if err := l.once(time.Now()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// once makes one search and tells what it gave.
func (l *loop) once(now time.Time) error {
	t, found, err := l.look()
	if err == nil && found && t.Check() == nil && l.doubtful(t) {
		t, found, err = l.confirm(t)
	}
	switch {
	case err != nil:
		return l.trouble(now, err)
	case !found:
		l.bad = 0
	}
	if l.errors > 0 || !l.ready {
		l.errors, l.ready = 0, true
		if err := l.tell(now, event{Kind: kindReady, Detail: l.name}); err != nil {
			return err
		}
	}
	switch {
	case !found:
		if now.Sub(l.told) < heartbeat {
			return nil
		}
		return l.tell(now, event{Kind: kindAlive})
	case t.Check() != nil:
		if l.bad++; l.bad < maxBad {
			return nil
		}
		return l.tell(now, event{Kind: kindBad, Detail: t.Check().Error()})
	default:
		l.bad, l.known = 0, t
		return l.tell(now, cardEvent(t))
	}
}

// doubtful tells whether a card should be read twice. One that was believed the
// last time, and is still there, is not.
func (l *loop) doubtful(t nfc.Target) bool {
	return (t.Doubtful() || l.leftover(t)) && !bytes.Equal(t.UID, l.known.UID)
}

// confirm reads again. If the two readings differ, neither is believed.
func (l *loop) confirm(first nfc.Target) (nfc.Target, bool, error) {
	second, found, err := l.look()
	if err == nil && found && !bytes.Equal(first.UID, second.UID) {
		second.UID = nil
	}
	return second, found, err
}

// trouble counts a search that failed; too many in a row end the child, and the
// reader is opened anew.
func (l *loop) trouble(now time.Time, err error) error {
	l.errors++
	if l.errors < maxErrors {
		return l.tell(now, event{Kind: kindTrouble, Detail: err.Error()})
	}
	if terr := l.tell(now, event{Kind: kindFailing, Detail: err.Error()}); terr != nil {
		return terr
	}
	return err
}

func (l *loop) tell(now time.Time, e event) error {
	l.told = now
	return e.write(l.w)
}
