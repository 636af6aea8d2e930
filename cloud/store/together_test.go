package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/cloud/store/postgres"
	"muster/device"
	"muster/sync/wire"
)

// Where a database takes rows in bulk, what becomes of them is the same as row by
// row, and the tablet is told the same: whatever the order, twice or with gaps,
// whatever the clocks say, with copies of the tablet, and with what lies in quarantine.
func TestTogetherAsRowByRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	copied, ok := w.countCopies()
	if !ok {
		t.Skip("SQLite takes all rows one by one")
	}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		t1 := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
		t2 := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID), single: true}
		script := writeScript(r)
		for _, s := range []*twin{t1, t2} {
			for _, line := range script {
				s.write(anna.ID, line)
			}
		}
		var order []int
		for i := range script {
			order = append(order, i)
		}
		if rapid.IntRange(0, 2).Draw(r, "shuffled") == 0 {
			order = rapid.Permutation(order).Draw(r, "order")
		} else if at := rapid.IntRange(0, len(order)-1).Draw(r, "live from"); rapid.Bool().Draw(r, "live first") {
			order = append(slices.Clone(order[at:]), order[:at]...)
		}
		if rapid.IntRange(0, 2).Draw(r, "some again") == 0 {
			order = append(order, rapid.SliceOfN(rapid.SampledFrom(order), 0, 5).Draw(r, "again")...)
		}
		for len(order) > 0 {
			n := rapid.IntRange(0, len(order)).Draw(r, "batch")
			var standing *device.Standing
			if n == 0 || rapid.Bool().Draw(r, "says how it stands") {
				standing = &device.Standing{Through: uint64(rapid.IntRange(0, len(script)).Draw(r, "through")), Oldest: 1} //nolint:gosec // small
			}
			asks := n == 0 || standing != nil && rapid.Bool().Draw(r, "asks")
			a, b := t1.send(t, order[:n], standing, asks), t2.send(t, order[:n], standing, asks)
			if a != b {
				r.Fatalf("rows %v: told\n%s\nand row by row\n%s", order[:n], a, b)
			}
			order = order[n:]
		}
		if a, b := t1.state(t), t2.state(t); a != b {
			r.Fatalf("kept\n%s\nand row by row\n%s", a, b)
		}
	})
	if copied.Load() == 0 {
		t.Error("nothing was taken in bulk")
	}
}

// copies counts the rows of the raw log that are taken in bulk.
type copies struct {
	*postgres.DB
	atomic.Int64
}

func (c *copies) Copy(ctx context.Context, on *sql.Conn, table string, columns []string, rows [][]any) error {
	if table == "raw_rows" {
		c.Add(int64(len(rows)))
	}
	return c.DB.Copy(ctx, on, table, columns, rows)
}

func (w *world) countCopies() (*copies, bool) {
	db, ok := w.write.Dialect.(*postgres.DB)
	c := &copies{DB: db}
	if ok {
		w.write.Dialect = c
	}
	return c, ok
}

// A tablet that drains tells what happens now first, so that nearly all of it comes
// in front of a gap or behind one. None of that goes row by row.
func TestDrainGoesInBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	copied, ok := w.countCopies()
	if !ok {
		t.Skip("SQLite takes all rows one by one")
	}
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for i := range 30 {
		rows = append(rows, p.stamped(anna.ID, "", hour(1+float64(i)/100), compared, 0))
	}
	deliver := func(want int64, through uint64, send ...device.Row) {
		t.Helper()
		copied.Store(0)
		if got := w.deliver(t, p, send...); got.Through != through || copied.Load() != want {
			t.Errorf("through %d, %d rows in bulk; want %d, %d", got.Through, copied.Load(), through, want)
		}
	}
	deliver(10, 10, rows[:10]...)
	deliver(2, 10, rows[25:27]...)                           // live
	deliver(8, 18, rows[10:18]...)                           // backlog
	deliver(0, 18, rows[10:18]...)                           // again
	deliver(5, 20, slices.Concat(rows[27:], rows[16:20])...) // both, in part again
	deliver(5, 30, rows[20:25]...)                           // the gap closes
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 30 {
		t.Errorf("%d punches", n)
	}
}

// line is a row to be written.
type line struct {
	kind  string
	later time.Duration // by the clock that nobody can set; that one may run backwards
	trust attendance.Trust
	off   time.Duration // of the offset, from what is true
	boot  int
	fork  int // goes on from so many rows before, as a copy would
}

func writeScript(r *rapid.T) []line {
	calm := rapid.Bool().Draw(r, "calm")
	boot := 0
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) line {
		l := line{kind: rapid.SampledFrom([]string{"punch", "punch", "punch", "reader", "nobody", "refusal"}).Draw(r, "kind"), trust: compared}
		l.later = time.Duration(rapid.IntRange(0, 2000).Draw(r, "ms later")) * time.Millisecond
		l.boot = boot
		if calm {
			return l
		}
		switch rapid.IntRange(0, 19).Draw(r, "trouble") {
		case 0:
			l.later = -l.later
		case 1:
			l.trust = rapid.SampledFrom([]attendance.Trust{never, stepped}).Draw(r, "trust")
		case 2:
			l.off = time.Duration(rapid.IntRange(-3000, 3000).Draw(r, "ms off")) * time.Millisecond
		case 3:
			boot++
			l.boot = boot
		case 4:
			l.fork = rapid.IntRange(1, 3).Draw(r, "back")
		}
		return l
	}), 1, 14).Draw(r, "rows")
}

// twin is one of two tablets that tell the same.
type twin struct {
	*world
	p      *pen
	single bool // its rows go one by one
	mono   time.Duration
	rows   []device.Row
}

func (s *twin) write(anna attendance.ProfileID, l line) {
	if l.fork > 0 && len(s.rows) > l.fork {
		s.p.last = s.rows[len(s.rows)-1-l.fork]
	}
	var row device.Row
	switch l.kind {
	case "punch":
		row = s.p.punch(anna, "")
	case "nobody":
		row = s.p.punch(nobody, "")
	case "reader":
		row = s.p.write(device.KindReader, &wire.ReaderPayload{State: "missing"})
	default:
		row = s.p.write(device.KindRefusal, &wire.RefusalPayload{Reason: string(attendance.UnknownCard)})
	}
	s.mono = max(0, s.mono+l.later)
	row.Clock = attendance.ClockReading{
		Device: hour(1).Add(s.mono), Monotonic: s.mono, BootID: fmt.Sprint("boot ", l.boot), Trust: l.trust, Offset: l.off, Uncertainty: l.off.Abs() + time.Millisecond,
	}
	s.p.last = s.p.seal(row)
	s.rows = append(s.rows, s.p.last)
}

// send delivers rows, and returns what is answered in words that don't tell the
// two apart.
func (s *twin) send(t *testing.T, which []int, standing *device.Standing, asks bool) string {
	t.Helper()
	d := s.p.delivery()
	d.Received, d.Asks = hour(48), asks
	if standing != nil {
		at := *standing
		at.Stream = s.rows[0].Stream
		d.Standing = append(d.Standing, at)
	}
	for _, i := range which {
		d.Rows = append(d.Rows, s.rows[i])
	}
	var out []device.Outcome
	var err error
	if s.single {
		out, err = s.Store.deliver(t.Context(), []device.Delivery{d}, false)
	} else {
		out, err = s.Deliver(t.Context(), []device.Delivery{d})
	}
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range out[0].Receipts {
		fmt.Fprintf(&b, "through %d sparse %v again %v forked %v asked %v linked %d", r.Through, r.Sparse, r.Again, r.Forked, r.Asked, r.Linked)
		for i, h := range r.Hashes {
			fmt.Fprintf(&b, " %d is %s", r.Sparse[i], s.name(h))
		}
		fmt.Fprintf(&b, " ends in %s", s.name(r.Hash))
		for _, a := range r.Aside {
			fmt.Fprintf(&b, " aside after %d, %d behind %s:", r.AsideAfter, a.Seq, s.name(a.Before))
			for _, sum := range a.Sums {
				b.WriteString(s.name(sum))
			}
		}
		b.WriteByte('\n')
	}
	var news []string
	for _, n := range out[0].News {
		news = append(news, n.Topic)
	}
	slices.Sort(news)
	fmt.Fprintln(&b, news)
	return b.String()
}

// name is which of the rows a hash is of.
func (s *twin) name(h device.Hash) string {
	for i, r := range s.rows {
		if r.Hash == h {
			return fmt.Sprint("row ", i)
		}
	}
	return "none"
}

// state is all that is kept of the tablet.
func (s *twin) state(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	dev, ctx := s.p.from.Device, context.Background()
	which := map[string]string{}
	for i, r := range s.rows {
		which[r.ID.String()] = fmt.Sprint("row ", i)
		if r.Stream != s.rows[0].Stream {
			t.Fatal("another stream")
		}
	}
	list := func(what, query string) {
		all, err := collect(ctx, s.read, scanOne[string], query, dev)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, l := range all {
			id, rest, _ := strings.Cut(l, " ")
			if name, ok := which[id]; ok {
				l = name + " " + rest
			}
			lines = append(lines, l)
		}
		slices.Sort(lines)
		fmt.Fprintf(&b, "%s:\n  %s\n", what, strings.Join(lines, "\n  "))
	}
	list("raw", `SELECT CAST(CAST(encode(id, 'hex') AS uuid) AS text) || ' ' || CAST(seq AS TEXT) FROM raw_rows WHERE device = ?`)
	list("punches", `SELECT id || ' ' || profile || ' ' || CAST(at AS TEXT) || ' ' || CAST(uncertainty AS TEXT) || ' ' || clock_source FROM punches WHERE device = ?`)
	list("refusals", `SELECT id || ' ' || CAST(at AS TEXT) FROM refusals WHERE device = ?`)
	list("quarantine", `SELECT CAST(seq AS TEXT) || ' ' || reason || ' ' || CASE WHEN body IS NULL THEN '' ELSE 'with body' END || CAST(resolved_at AS TEXT) FROM quarantine WHERE device = ?`)
	list("streams", `SELECT CAST(through AS TEXT) FROM streams WHERE device = ?`)
	return b.String()
}
