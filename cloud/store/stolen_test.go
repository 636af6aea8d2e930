package store

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// What somebody claims of a tablet, in a file that nobody has signed, takes no
// place in its journal: the tablet's own rows are still to come.
func TestUnsignedRowsTakeNoPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range 6 {
		rows = append(rows, p.punch(anna.ID, ""))
	}
	claimed := p.from
	claimed.Received = p.now()
	for _, r := range rows[:5] {
		claimed.Broken = append(claimed.Broken, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: device.ReasonUnsigned, Body: []byte("claimed")})
	}
	must(w.Deliver(t.Context(), []device.Delivery{claimed}))(t)
	if got := w.deliver(t, p, rows[5]); got.Through != 0 || !slices.Equal(got.Sparse, []uint64{6}) {
		t.Errorf("the tablet is told %+v, though five of its rows never came", got)
	}
	if got := w.deliver(t, p, rows[:5]...); got.Through != 6 || got.Forked {
		t.Errorf("the tablet's own rows: %+v", got)
	}
	if n := w.number(t, `SELECT count(*) FROM punches WHERE device = ?`, p.from.Device); n != 6 {
		t.Errorf("%d punches of 6", n)
	}
}

// Who knows the id of a row that is not here yet, and uses it first, doesn't
// make the row go away: somebody decides about it, and can have it count.
func TestAnIDThatSomebodyElseTookFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	olga, err := w.AddProfile(t.Context(), w.stranger.Actor(), attendance.Profile{FirstName: "Olga", LastName: "Other"}, []attendance.SiteID{w.elsewhere.ID})
	if err != nil {
		t.Fatal(err)
	}
	steal := func(thief *pen, who attendance.ProfileID, r device.Row) device.Row {
		theirs := thief.punch(who, "")
		theirs.ID = r.ID
		return thief.seal(theirs)
	}
	for name, first := range map[string]func(t *testing.T, r device.Row){
		"another tablet of the organisation": func(t *testing.T, r device.Row) {
			thief := w.pen(t, w.admin.Org, w.north.ID)
			w.deliver(t, thief, steal(thief, anna.ID, r))
		},
		"another organisation": func(t *testing.T, r device.Row) {
			thief := w.pen(t, w.stranger.Org, w.elsewhere.ID)
			w.deliver(t, thief, steal(thief, olga.ID, r))
		},
		"another organisation, out of its quarantine": func(t *testing.T, r device.Row) {
			thief := w.pen(t, w.stranger.Org, w.elsewhere.ID)
			theirs := steal(thief, olga.ID, r)
			d := thief.from
			d.Received = thief.now()
			d.Broken = []device.Broken{{Stream: theirs.Stream, Seq: theirs.Seq, Reason: device.ReasonUnsigned, Body: wireBody(theirs)}}
			must(w.Deliver(t.Context(), []device.Delivery{d}))(t)
			entry := w.number(t, `SELECT id FROM quarantine WHERE device = ?`, thief.from.Device)
			if err := w.AssignQuarantined(t.Context(), w.stranger.Actor(), int64(entry), olga.ID); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.pen(t, w.admin.Org, w.north.ID)
			r := p.punch(anna.ID, "")
			first(t, r)
			if got := w.deliver(t, p, r); got.Through != 1 {
				t.Errorf("the tablet is told %+v", got)
			}
			w.deliver(t, p, r)
			if got := w.reasons(t, p); !slices.Equal(got, []string{"duplicate-id"}) {
				t.Fatalf("in quarantine for %v", got)
			}
			entry := int64(w.number(t, `SELECT id FROM quarantine WHERE device = ? AND resolved_at = 0`, p.from.Device))
			if err := w.AssignQuarantined(t.Context(), w.admin.Actor(), entry, anna.ID); err != nil {
				t.Fatalf("it can't be settled: %v", err)
			}
			const mine = `SELECT count(*) FROM punches WHERE device = ? AND org = ?`
			if n := w.number(t, mine, p.from.Device, w.admin.Org); n != 1 {
				t.Errorf("%d punches of the tablet", n)
			}
			// The tablet tells it again in a new stream, and somebody assigns that too.
			again := r
			again.Stream, again.Seq, again.Prev = uuid.New(), 1, device.Hash{}
			again = p.seal(again)
			w.deliver(t, &pen{t: t, from: p.from, site: p.site, last: again, now: p.now}, again)
			for _, q := range must(w.Quarantined(t.Context(), w.admin.Actor()))(t) {
				if q.Device != p.from.Device {
					continue
				}
				if err := w.AssignQuarantined(t.Context(), w.admin.Actor(), q.ID, anna.ID); !errors.Is(err, access.ErrConflict) {
					t.Errorf("assigned once more: %v", err)
				}
			}
			if n := w.number(t, mine, p.from.Device, w.admin.Org); n != 1 {
				t.Errorf("%d punches of one tick", n)
			}
		})
	}
}

