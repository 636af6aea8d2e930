package protocol_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// leaving is a tablet that has rows which the cloud forgets, and a copy of it that
// tells others in their places.
type leaving struct {
	*world
	it *tablet
}

func newLeaving(t *testing.T) leaving {
	w := newWorld(context.Background(), t) // the database is handed on to the next run
	t.Cleanup(w.end)
	l := leaving{w, w.tablets[0]}
	l.meet(l.it)
	w.cloud.keepBackup()
	return l
}

// meet has a tablet connect anew and tell what it has; where it begins a new stream it
// connects once more.
func (l leaving) meet(t *tablet) {
	for range 3 {
		t.connect(0)
		l.exchange(t)
	}
}

// taps has somebody tap some times and the tablet tell so.
func (l leaving) taps(t *tablet, n int) {
	for range n {
		l.now = l.now.Add(time.Minute)
		t.tap(0)
	}
}

// prune has the tablet forget all that is confirmed but the newest row.
func (l leaving) prune(t *testing.T) {
	before := len(l.it.rows())
	l.now = l.now.Add(time.Minute)
	if l.it.prune(0); len(l.it.rows()) >= before {
		t.Fatalf("nothing of %d rows was pruned", before)
	}
}

// part ends the copy, with what it told: somebody has found it.
func (l leaving) part() {
	c := l.tablets[tablets]
	c.stop()
	l.must(c.peek.Close())
	l.tablets = l.tablets[:tablets]
	l.shown = slices.DeleteFunc(l.shown, func(s *tick) bool { return s.tablet == c.n })
}

// The tablet has pruned rows and left their stream, because its copy went on in it. Then
// the cloud is set back to before them: nobody but the tablet knows that they were there.
func TestLostInAStreamThatWasLeft(t *testing.T) {
	t.Parallel()
	l := newLeaving(t)
	l.taps(l.it, 3)
	l.meet(l.it)
	l.prune(t)
	l.it.clone()
	l.taps(l.tablets[tablets], 2)
	l.meet(l.tablets[tablets])
	was := l.it.journal.Stream()
	l.taps(l.it, 1)
	if l.meet(l.it); l.it.journal.Stream() == was {
		t.Fatal("the tablet goes on in the stream of its copy")
	}
	if got := l.cloud.alarms(l.it, was); len(got) > 0 {
		t.Errorf("nothing is lost, and %v", got)
	}
	l.part()
	for range 3 { // the alarm is in no backup
		l.restoreCloud()
		l.toldOnce(t, was)
	}
}

// The alarm was raised before the tablet left the stream, and the cloud is set back to
// before the alarm.
func TestLostOnceMoreInAStreamThatWasLeft(t *testing.T) {
	t.Parallel()
	l := newLeaving(t)
	l.it.clone()
	c := l.tablets[tablets]
	l.taps(l.it, 3)
	l.meet(l.it)
	l.prune(t)
	l.restoreCloud()
	l.taps(c, 6)
	l.meet(c)
	was := l.it.journal.Stream()
	if l.meet(l.it); l.it.journal.Stream() == was {
		t.Fatal("the tablet goes on in the stream of its copy")
	}
	if got := l.cloud.alarms(l.it, was); len(got) != 1 {
		t.Errorf("want one alarm: %v", got)
	}
	l.part()
	for range 3 {
		l.restoreCloud()
		l.toldOnce(t, was)
	}
}

// toldOnce looks for one alarm about a stream, however often the tablet comes.
func (l leaving) toldOnce(t *testing.T, of uuid.UUID) {
	t.Helper()
	for range 2 {
		l.meet(l.it)
		l.it.stop() // what it knows is on its disk
		l.it.start()
	}
	l.calm()
	l.judge()
	if got := l.cloud.alarms(l.it, of); len(got) != 1 {
		t.Errorf("want one alarm about stream %s: %v", of, got)
	}
}
