package wire_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/sync/wire"
)

// A glance sees as many rows as there are, whether they waited, and whether they
// are the same as another batch's, whatever is said beside them.
func TestGlance(t *testing.T) {
	t.Parallel()
	var rows []*wire.JournalRow
	for seq := range uint64(6) {
		rows = append(rows, wire.FromRow(row(seq+1)))
	}
	draw := func(r *rapid.T) (*wire.JournalBatch, []int) {
		b := &wire.JournalBatch{Backlog: rapid.Bool().Draw(r, "backlog")}
		which := rapid.SliceOfN(rapid.IntRange(0, len(rows)-1), 0, 3).Draw(r, "rows")
		for _, i := range which {
			b.Rows = append(b.Rows, rows[i])
		}
		for range rapid.IntRange(0, 2).Draw(r, "standing") {
			b.Standing = append(b.Standing, &wire.Standing{Stream: make([]byte, 16), Through: rapid.Uint64().Draw(r, "through")})
		}
		return b, which
	}
	rapid.Check(t, func(r *rapid.T) {
		one, rowsOfOne := draw(r)
		two, rowsOfTwo := draw(r)
		a, b := wire.GlanceAt(encode(t, one)), wire.GlanceAt(encode(t, two))
		if a.Rows != len(one.GetRows()) || a.Backlog != one.GetBacklog() || (a.Sum == 0) != (a.Rows == 0) {
			r.Fatalf("%+v at %v", a, one)
		}
		same := len(rowsOfOne) == len(rowsOfTwo)
		for i := range rowsOfOne {
			same = same && rowsOfOne[i] == rowsOfTwo[i]
		}
		if (a.Sum == b.Sum) != same {
			r.Fatalf("rows %v and %v have sums %x and %x", rowsOfOne, rowsOfTwo, a.Sum, b.Sum)
		}
	})
}

// What is no batch is no trouble, and in nobody's way.
func FuzzGlance(f *testing.F) {
	body, err := proto.Marshal(&wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(row(1))}, Backlog: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, body []byte) {
		g, d := wire.GlanceAt(body), wire.UnpackBatch(body)
		var m wire.JournalBatch
		if proto.Unmarshal(body, &m) == nil && (g.Rows != len(m.GetRows()) || g.Backlog != m.GetBacklog()) {
			t.Errorf("%+v at %v", g, &m)
		}
		if g.Rows == 0 && len(d.Rows) > 0 && len(d.Broken) == 0 {
			t.Errorf("%+v where there are %d rows", g, len(d.Rows))
		}
	})
}
