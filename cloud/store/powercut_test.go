package store

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/device"
	"muster/internal/powercut"
)

// What the cloud says to a tablet, between its writes.
type (
	ready     struct{}           // set up, with a tablet
	delivered struct{ upTo int } // rows that are on their way into the store
	answered  struct{ upTo int } // rows that the tablet was told are kept
)

// The power goes at any moment, and the disk loses, tears and overtakes what was
// not made safe: what a tablet was told is kept is there, each row together with
// what it means, and when the tablet sends everything again nothing is doubled.
func TestPowerCutLosesNothing(t *testing.T) {
	t.Parallel()
	if _, ok := on.(files); !ok {
		t.Skip("it is about SQLite's files; PostgreSQL is believed to know how to write its own")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	rec, err := powercut.Record(dir)
	if err != nil {
		t.Fatal(err)
	}
	w, err := makeWorld(t.Context(), filepath.Join(dir, "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	rec.Mark(ready{})
	var rows []device.Row
	for i := range 150 {
		from := len(rows)
		for range 1 + i%3 {
			rows = append(rows, p.punch(anna.ID, ""))
		}
		rec.Mark(delivered{len(rows)})
		w.deliver(t, p, rows[from:]...)
		rec.Mark(answered{len(rows)})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rec.Stop()

	seed := uint64(time.Now().UnixNano())
	t.Logf("%d writes, syncs and answers; dice %d", rec.Len(), seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	after := t.TempDir()
	const cuts = 50
	for range cuts {
		n := dice.IntN(rec.Len() + 1)
		marks, err := rec.Cut(n, dice, after)
		if err != nil {
			t.Fatal(err)
		}
		w.at = filepath.Join(after, "cloud.db")
		w.afterCut(t, n, marks, p, rows)
		if err := powercut.Clear(after); err != nil || t.Failed() {
			t.Fatalf("cut at %d (%v)", n, err)
		}
	}
}

// afterCut starts the cloud on what is left, and has the tablet send again.
func (w *world) afterCut(t *testing.T, n int, marks []any, p *pen, rows []device.Row) {
	t.Helper()
	isReady, sure, maybe := false, 0, 0
	for _, m := range marks {
		switch m := m.(type) {
		case ready:
			isReady = true
		case delivered:
			maybe = m.upTo
		case answered:
			sure = m.upTo
		}
	}
	var err error
	if w.Store, err = on.open(t.Context(), w.at, w.clock.now); err != nil {
		t.Fatalf("cut at %d: %v", n, err)
	}
	defer w.Close() //nolint:errcheck // the test has failed or is through
	if !isReady {
		return
	}
	raw, punches := w.number(t, `SELECT count(*) FROM raw_rows`), w.number(t, `SELECT count(*) FROM punches`)
	if raw < sure || raw > maybe {
		t.Errorf("cut at %d: %d rows are there; the tablet was told of %d and had sent %d", n, raw, sure, maybe)
	}
	if raw != punches {
		t.Errorf("cut at %d: %d rows are there and %d of them counted as punches", n, raw, punches)
	}
	if sound := w.text(t, `PRAGMA integrity_check`); !strings.EqualFold(sound, "ok") {
		t.Errorf("cut at %d: %s", n, sound)
	}
	if got := w.deliver(t, p, rows...); got.Through != uint64(len(rows)) {
		t.Errorf("cut at %d: all is sent again and the answer is %+v", n, got)
	}
	raw, punches = w.number(t, `SELECT count(*) FROM raw_rows`), w.number(t, `SELECT count(*) FROM punches`)
	if aside := w.number(t, `SELECT count(*) FROM quarantine`); raw != len(rows) || punches != len(rows) || aside != 0 {
		t.Errorf("cut at %d: then there are %d rows, %d punches, %d in quarantine; want %d, all good", n, raw, punches, aside, len(rows))
	}
}

func (w *world) text(t *testing.T, query string) (s string) {
	t.Helper()
	if err := w.read.QueryRowContext(t.Context(), query).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}
