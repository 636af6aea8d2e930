package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// nobody is the id of a person whom the organisation doesn't have (yet).
const nobody attendance.ProfileID = "0199a0b0-0000-7000-8000-00000000dead"

// entries returns what is open for an administrator, by reason.
func (w *world) entries(t *testing.T) map[string]attendance.Quarantined {
	t.Helper()
	all := map[string]attendance.Quarantined{}
	for _, q := range must(w.Quarantined(t.Context(), w.admin.Actor()))(t) {
		all[q.Reason] = q
	}
	return all
}

// appear makes somebody of a given id, as if they had been there all along.
func (w *world) appear(t *testing.T, id attendance.ProfileID, site attendance.SiteID) {
	t.Helper()
	w.exec(t, `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at) VALUES (?, ?, ?, 'Late', 'Comer', 1, 1)`, id, w.admin.Org, string(id[30:]))
	w.exec(t, `INSERT INTO profile_sites (profile, site) VALUES (?, ?)`, id, site)
}

func TestQuarantineSaysWhatTheRowSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	uid := []byte{4, 1, 2, 3}
	card := w.cardOf(ctx, t, w.admin.Org, uid)
	if err := w.AssignUID(ctx, w.admin.Actor(), anna.ID, uid, ""); err != nil {
		t.Fatal(err)
	}
	p := w.pen(t, w.admin.Org, w.north.ID)
	start := p.write(device.KindStarted, new(wire.StartedPayload))
	twin := *p
	unknown := p.punch(nobody, card)
	w.deliver(t, p, start, unknown, p.writeRaw("teleported", nil), p.writeRaw(device.KindPunch, []byte{0xff}))
	w.deliver(t, p, twin.punch(anna.ID, ""))
	got := w.entries(t)
	q := got["unknown-profile"]
	if q.Kind != "punch" || q.Punch.Profile != nobody || q.Name != "" || q.Likely != anna.ID || !q.Assignable || !q.Repeatable ||
		!q.Punch.At.Equal(unknown.Clock.Cloud()) || q.Punch.Direction != attendance.In || q.SiteName != "North" || q.TimeZone != "Europe/Berlin" || q.Seq != 2 {
		t.Errorf("unknown person: %+v", q)
	}
	if q = got["clone"]; q.Kind != "punch" || q.Name != "Anna Berg" || !q.Assignable || q.Repeatable {
		t.Errorf("clone: %+v", q)
	}
	if q = got["unknown-kind"]; q.Kind != "teleported" || q.Assignable || !q.Repeatable {
		t.Errorf("unknown kind: %+v", q)
	}
	if q = got["malformed-payload"]; q.Assignable || !q.Repeatable {
		t.Errorf("malformed: %+v", q)
	}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, south := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Süd", "Mann", w.south.ID)
	gone := w.person(t, "Gone", "By", w.north.ID)
	if err := w.RemoveProfile(ctx, admin, gone.ID); err != nil {
		t.Fatal(err)
	}
	p := w.pen(t, w.admin.Org, w.north.ID)
	row, kind := p.punch(nobody, ""), p.writeRaw("teleported", nil)
	w.deliver(t, p, row, kind)
	open := w.entries(t)
	id := open["unknown-profile"].ID
	raw := w.rawLog(t)
	for what, c := range map[string]struct {
		actor access.Actor
		id    int64
		who   attendance.ProfileID
		want  error
	}{
		"somebody of another site":          {admin, id, south.ID, access.Invalid{Field: "employee", Problem: access.Unknown}},
		"somebody who left":                 {admin, id, gone.ID, access.Invalid{Field: "employee", Problem: access.Unknown}},
		"nobody":                            {admin, id, "", access.Invalid{Field: "employee", Problem: access.Unknown}},
		"what is no punch":                  {admin, open["unknown-kind"].ID, anna.ID, access.ErrConflict},
		"what isn't there":                  {admin, id + 1000, anna.ID, access.ErrNotFound},
		"by a viewer":                       {w.viewerNorth.Actor(), id, anna.ID, access.ErrForbidden},
		"by the other site's manager":       {w.managerSouth.Actor(), id, anna.ID, access.ErrNotFound},
		"by somebody of another enterprise": {w.stranger.Actor(), id, anna.ID, access.ErrNotFound},
	} {
		if err := w.AssignQuarantined(ctx, c.actor, c.id, c.who); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	var told []string
	w.OnNews(func(org attendance.OrgID, n device.News) {
		if org == w.admin.Org {
			told = append(told, n.Topic)
		}
	})
	if err := w.AssignQuarantined(ctx, w.managerNorth.Actor(), id, anna.ID); err != nil {
		t.Fatal(err)
	}
	e := must(w.Punch(ctx, admin, attendance.PunchID(row.ID.String())))(t)
	if e.Punch.Profile != anna.ID || !e.Punch.ByHand || !e.Punch.At.Equal(row.Clock.Cloud()) || e.SiteName != "North" {
		t.Errorf("the punch is %+v", e)
	}
	if !slices.Equal(told, []string{"punch", "quarantine"}) {
		t.Errorf("told %v", told)
	}
	q := must(w.QuarantinedRow(ctx, admin, id))(t)
	if q.Resolution != attendance.Assigned || q.ResolvedBy != w.managerNorth.Name || q.Whose != "Anna Berg" || q.Assignable {
		t.Errorf("the entry is %+v", q)
	}
	for what, err := range map[string]error{
		"assign again": w.AssignQuarantined(ctx, admin, id, anna.ID), "dismiss too": w.DismissQuarantined(ctx, admin, id, "why"),
	} {
		if !errors.Is(err, access.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	before := w.dump(t)
	w.deliver(t, p, row, kind)
	if w.dump(t) != before {
		t.Error("delivering the row again changed something")
	}
	if w.rawLog(t) != raw {
		t.Error("the raw log was changed")
	}
}

// rawLog returns the raw log as text.
func (w *world) rawLog(t *testing.T) string {
	t.Helper()
	rows, err := w.read.QueryContext(t.Context(), `SELECT `+storedColumns+` FROM raw_rows r ORDER BY r.device, r.stream, r.seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	text := ""
	for rows.Next() {
		var v storedRow
		if err := rows.Scan(v.into()...); err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%+v\n", v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDismiss(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := w.pen(t, w.admin.Org, w.north.ID)
	w.deliver(t, p, p.punch(nobody, ""))
	id := w.entries(t)["unknown-profile"].ID
	if err := w.DismissQuarantined(ctx, admin, id, " \t"); err != (access.Invalid{Field: "reason", Problem: access.Required}) {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.DismissQuarantined(ctx, w.managerSouth.Actor(), id, "mine?"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("out of reach: %v", err)
	}
	if err := w.DismissQuarantined(ctx, admin, id, "a test card"); err != nil {
		t.Fatal(err)
	}
	q := must(w.QuarantinedRow(ctx, admin, id))(t)
	if q.Resolution != attendance.Dismissed || q.Note != "a test card" || q.ResolvedBy != w.admin.Name || len(w.entries(t)) != 0 {
		t.Errorf("the entry is %+v", q)
	}
	// The cause goes, and still it stays dismissed.
	w.appear(t, nobody, w.north.ID)
	if got := must(w.Reprocess(ctx, admin))(t); got.Tried != 0 {
		t.Errorf("tried again: %+v", got)
	}
	w.exec(t, `INSERT INTO quarantine (org, device, reason, received_at) VALUES (?, 'ghost', 'unknown tablet', 6)`, w.admin.Org)
	if err := w.DismissQuarantined(ctx, admin, w.entries(t)["unknown tablet"].ID, "that tablet is gone"); err != nil {
		t.Errorf("of a tablet that is gone: %v", err)
	}
}

func TestReprocess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p, far := w.pen(t, w.admin.Org, w.north.ID), w.pen(t, w.admin.Org, w.south.ID)
	row, later := p.punch(nobody, ""), far.punch(nobody, "")
	w.deliver(t, p, row, p.writeRaw("teleported", nil))
	w.deliver(t, far, later)
	report := func(what string, got, want attendance.ReprocessReport) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	report("while nothing has changed", must(w.Reprocess(ctx, admin))(t), attendance.ReprocessReport{Tried: 3})
	w.appear(t, nobody, w.north.ID)
	before := w.dump(t)
	report("only tried", must(w.TryReprocess(ctx, admin))(t), attendance.ReprocessReport{Tried: 3, Matched: 2})
	if w.dump(t) != before {
		t.Error("only trying changed something")
	}
	report("by one site's manager", must(w.Reprocess(ctx, w.managerNorth.Actor()))(t), attendance.ReprocessReport{Tried: 2, Matched: 1})
	e := must(w.Punch(ctx, admin, attendance.PunchID(row.ID.String())))(t)
	if e.Punch.Profile != nobody || e.Punch.ByHand || !e.Received.Equal(must(w.QuarantinedRow(ctx, admin, w.idOf(t, p, 1)))(t).Received) {
		t.Errorf("the punch is %+v", e)
	}
	report("the rest", must(w.Reprocess(ctx, admin))(t), attendance.ReprocessReport{Tried: 2, Matched: 1})
	report("again", must(w.Reprocess(ctx, admin))(t), attendance.ReprocessReport{Tried: 1})
	if n := w.number(t, `SELECT count(*) FROM punches`); n != 2 {
		t.Errorf("%d punches, want 2", n)
	}
}

func (w *world) idOf(t *testing.T, p *pen, seq int) int64 {
	t.Helper()
	return int64(w.number(t, `SELECT id FROM quarantine WHERE device = ? AND seq = ?`, p.from.Device, seq))
}

// More than one transaction's worth, and each counts once.
func TestReprocessMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.pen(t, w.admin.Org, w.north.ID)
	var rows []device.Row
	for range repeatBatch + 20 {
		rows = append(rows, p.punch(nobody, ""))
	}
	w.deliver(t, p, rows...)
	w.appear(t, nobody, w.north.ID)
	all := attendance.ReprocessReport{Tried: len(rows), Matched: len(rows)}
	if got := must(w.Reprocess(t.Context(), w.admin.Actor()))(t); got != all {
		t.Errorf("%+v, want %+v", got, all)
	}
	if n := w.number(t, `SELECT count(*) FROM punches`); n != len(rows) {
		t.Errorf("%d punches of %d", n, len(rows))
	}
}

// Several people press at the same time, and the tablet sends the row again: one
// of them wins, the punch counts once.
func TestMendingAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna, ben := w.person(t, "Anna", "Berg", w.north.ID), w.person(t, "Ben", "Cole", w.north.ID)
	w.appear(t, nobody, w.south.ID)
	for range 5 {
		p := w.pen(t, w.admin.Org, w.north.ID)
		row := p.punch(attendance.ProfileID(uuid.NewString()), "")
		w.deliver(t, p, row)
		id := w.entries(t)["unknown-profile"].ID
		errs := atOnce(6, func(i int) error {
			switch i {
			case 0, 1:
				return w.AssignQuarantined(ctx, admin, id, anna.ID)
			case 2:
				return w.AssignQuarantined(ctx, w.managerNorth.Actor(), id, ben.ID)
			case 3:
				return w.DismissQuarantined(ctx, admin, id, "no")
			case 4:
				if _, err := w.Reprocess(ctx, admin); err != nil {
					return err
				}
			default:
				if _, err := w.Deliver(ctx, []device.Delivery{p.delivery(row)}); err != nil {
					return err
				}
			}
			return access.ErrConflict // it wins nothing
		})
		oneOf(t, "mending", errs, access.ErrConflict)
		q := must(w.QuarantinedRow(ctx, admin, id))(t)
		n := w.number(t, `SELECT count(*) FROM punches WHERE id = ?`, row.ID.String())
		if want := map[attendance.Resolution]int{attendance.Assigned: 1, attendance.Dismissed: 0}; q.Resolution == "" || n != want[q.Resolution] {
			t.Errorf("it is %q and counts %d times", q.Resolution, n)
		}
	}
}

// Whatever is done in whatever order, each row counts at most once, what was
// assigned stays with whom it was given to, and the raw log stays as it came.
func TestMendingInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	rapid.Check(t, func(r *rapid.T) {
		p := w.pen(t, w.admin.Org, w.north.ID)
		stranger := attendance.ProfileID(uuid.NewString())
		var rows []device.Row
		for range rapid.IntRange(1, 5).Draw(r, "rows") {
			rows = append(rows, p.punch(rapid.SampledFrom([]attendance.ProfileID{anna.ID, stranger}).Draw(r, "who"), ""))
		}
		w.deliver(t, p, rows...)
		raw := w.rawLog(t)
		owner := map[string]attendance.ProfileID{}
		dismissed := map[string]bool{}
		appeared := false
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			row := rapid.SampledFrom(rows).Draw(r, "row")
			key := row.ID.String()
			q, err := oneByRow(w, t, p, row.Seq)
			switch step := rapid.IntRange(0, 4).Draw(r, "step"); {
			case step == 0:
				w.deliver(t, p, rows...)
			case step == 1 && !appeared:
				appeared = true
				w.appear(t, stranger, w.north.ID)
			case step == 2:
				must(w.Reprocess(ctx, admin))(t)
			case err != nil:
			case step == 3:
				if err := w.AssignQuarantined(ctx, admin, q.ID, anna.ID); (err == nil) != (q.Resolution == "") {
					r.Fatalf("assign %+v: %v", q, err)
				} else if err == nil {
					owner[key] = anna.ID
				}
			case step == 4:
				if err := w.DismissQuarantined(ctx, admin, q.ID, "no"); (err == nil) != (q.Resolution == "") {
					r.Fatalf("dismiss %+v: %v", q, err)
				} else if err == nil {
					dismissed[key] = true
				}
			}
		}
		for _, row := range rows {
			e, err := w.Punch(ctx, admin, attendance.PunchID(row.ID.String()))
			want, byHand := owner[row.ID.String()]
			switch {
			case dismissed[row.ID.String()]:
				if err == nil {
					r.Errorf("%d counts although it was dismissed", row.Seq)
				}
			case byHand && e.Punch.Profile != want:
				r.Errorf("%d is %s's, it was given to %s: %v", row.Seq, e.Punch.Profile, want, err)
			}
		}
		if w.rawLog(t) != raw {
			r.Error("the raw log was changed")
		}
		w.exec(t, `UPDATE quarantine SET resolved_at = 1 WHERE resolved_at = 0`) // out of the next run's way
	})
}

func oneByRow(w *world, t *testing.T, p *pen, seq uint64) (attendance.Quarantined, error) {
	var id int64
	err := w.read.QueryRowContext(t.Context(), `SELECT id FROM quarantine WHERE device = ? AND seq = ?`, p.from.Device, int64(seq)).Scan(&id)
	if err != nil {
		return attendance.Quarantined{}, err
	}
	return w.QuarantinedRow(t.Context(), w.admin.Actor(), id)
}

// A punch of a tablet that has moved counts at the site that it names, and only
// for somebody who may act there.
func TestAssignAfterTheTabletMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	row := p.punch(nobody, "")
	w.deliver(t, p, row)
	w.exec(t, `UPDATE devices SET site = ? WHERE id = ?`, w.south.ID, p.from.Device)
	id := w.entries(t)["unknown-profile"].ID
	if err := w.AssignQuarantined(ctx, w.managerSouth.Actor(), id, anna.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("by the manager of where the tablet is now: %v", err)
	}
	if err := w.AssignQuarantined(ctx, w.admin.Actor(), id, anna.ID); err != nil {
		t.Fatal(err)
	}
	if e := must(w.Punch(ctx, w.managerNorth.Actor(), attendance.PunchID(row.ID.String())))(t); e.Punch.Site != w.north.ID {
		t.Errorf("it counts at %s", e.SiteName)
	}
}
