package store

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/device"
)

// What is told of a few rows, gone through in small pages, is what is told of them when all
// around them are looked at whole.
func TestFewRowsAreReckonedAsAmongAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.forward(100 * 24 * time.Hour)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		all := windy(r, 40, 1, -4)
		for i := range all {
			if rapid.IntRange(0, 2).Draw(r, "never compared") > 0 {
				all[i].trust = never
			}
		}
		s := &twin{world: w, p: w.pen(t, w.admin.Org, w.north.ID)}
		s.winds(anna.ID, all...)
		send := rapid.Permutation(s.rows).Draw(r, "order")
		for some := range slices.Chunk(send, 7) {
			w.deliver(t, s.p, some...)
		}
		from := uint64(rapid.IntRange(1, len(all)).Draw(r, "from")) //nolint:gosec // small
		to := from + uint64(rapid.IntRange(0, 9).Draw(r, "rows"))   //nolint:gosec // small
		small := w.beside("small")
		small.atOnce = 1
		reckon := func(s *Store, stream device.Row, dev device.Delivery, few bool) (found []reckoned) {
			err := s.changeLocked(t.Context(), func(tx *tx) error {
				c, err := tx.mender(t.Context(), dev.Org, dev.Device)
				if err != nil {
					return err
				}
				if few {
					found, err = c.reckonFew(t.Context(), stream.Stream, from, to)
					return err
				}
				found, err = c.reckon(t.Context(), stream.Stream, from, to)
				found = slices.DeleteFunc(found, func(a reckoned) bool { return a.row.Seq < from || a.row.Seq > to })
				return err
			})
			if err != nil {
				r.Fatal(err)
			}
			return found
		}
		whole, few := reckon(w.Store, s.rows[0], s.p.delivery(), false), reckon(small, s.rows[0], s.p.delivery(), true)
		if len(whole) != len(few) || len(few) != len(all)-int(from)+1-max(0, len(all)-int(to)) { //nolint:gosec // small
			r.Fatalf("%d rows among all, %d of the few from %d to %d of %d", len(whole), len(few), from, to, len(all))
		}
		for i, a := range few {
			if a.row.ID != whole[i].row.ID || a.at != whole[i].at || a.received != whole[i].received {
				r.Errorf("%s is %+v among all, and %+v of the few", s.script(int(a.row.Seq)-1), whole[i].at, a.at) //nolint:gosec // small
			}
		}
	})
}
