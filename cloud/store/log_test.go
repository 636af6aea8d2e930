package store

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
)

func TestEntries(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	entries, next, err := f.Punches(t.Context(), f.viewerNorth.Actor(), attendance.LogQuery{})
	if err != nil || next != "" || len(entries) != 1 {
		t.Fatalf("%+v, %q, %v", entries, next, err)
	}
	e := entries[0]
	if e.Name != "Annabella Bergmann" || e.Number != f.anna.Number || e.Photo != f.photo || e.SiteName != "North" ||
		e.TimeZone != "Europe/Berlin" || e.DeviceName != "Gatehouse" || e.Received.Sub(e.Punch.At) != time.Second {
		t.Errorf("entry = %+v", e)
	}
	p := e.Punch
	if p.ID != f.punch || p.Profile != f.anna.ID || p.Card != f.card || p.Site != f.north.ID || p.Device != f.device ||
		p.Direction != attendance.In || p.Clock.Trust != attendance.TrustEstimated || p.Clock.Offset != time.Minute || !p.Clock.Cloud().Equal(p.At) {
		t.Errorf("punch = %+v", p)
	}
	if one := must(f.Punch(t.Context(), f.viewerNorth.Actor(), f.punch))(t); one != e {
		t.Errorf("by its id: %+v", one)
	}
	refusals, next, err := f.Refusals(t.Context(), f.viewerNorth.Actor(), attendance.LogQuery{})
	if err != nil || next != "" || len(refusals) != 1 {
		t.Fatalf("%+v, %q, %v", refusals, next, err)
	}
	r := refusals[0]
	if r.ID != f.refusal || r.Reason != attendance.BlockedCard || r.Name != "Annabella Bergmann" || r.SiteName != "North" || r.DeviceName != "Gatehouse" {
		t.Errorf("refusal = %+v", r)
	}
	if one := must(f.Refusal(t.Context(), f.viewerNorth.Actor(), f.refusal))(t); one != r {
		t.Errorf("by its id: %+v", one)
	}
}

// A punch stays in its site's list when the person has moved on; their photo
// shows only where they still belong.
func TestEntriesOfPeopleWhoMovedOn(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	if err := f.ChangeProfile(t.Context(), f.admin.Actor(), f.anna, []attendance.SiteID{f.south.ID}); err != nil {
		t.Fatal(err)
	}
	if e := must(f.Punch(t.Context(), f.managerNorth.Actor(), f.punch))(t); e.Name != "Annabella Bergmann" || e.Photo != "" {
		t.Errorf("for the northern manager: %+v", e)
	}
	if e := must(f.Punch(t.Context(), f.admin.Actor(), f.punch))(t); e.Photo != f.photo {
		t.Errorf("for an administrator: %+v", e)
	}
}

func TestLogBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		query attendance.LogQuery
		want  access.Invalid
	}{
		{attendance.LogQuery{Limit: -1}, access.Invalid{Field: "limit", Problem: access.OutOfRange}},
		{attendance.LogQuery{Limit: 1001}, access.Invalid{Field: "limit", Problem: access.OutOfRange}},
		{attendance.LogQuery{Before: "no cursor"}, access.Invalid{Field: "before", Problem: access.Malformed}},
	} {
		if _, _, err := w.Punches(t.Context(), w.admin.Actor(), c.query); err != c.want {
			t.Errorf("punches, %+v: %v, want %v", c.query, err, c.want)
		}
		if _, _, err := w.Refusals(t.Context(), w.admin.Actor(), c.query); err != c.want {
			t.Errorf("refusals, %+v: %v, want %v", c.query, err, c.want)
		}
	}
}

// Pages of any size, with any filter, are the whole list in its order, with many
// punches in the same microsecond too; and the list is exactly what the filter
// asks for.
func TestPagesOfPunches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	sites := []attendance.SiteID{w.north.ID, w.south.ID}
	people := []attendance.Profile{w.person(t, "A", "A", sites...), w.person(t, "B", "B", sites...)}
	var devices []attendance.DeviceID
	for _, s := range sites {
		devices = append(devices, w.device(t, w.admin.Org, s, "D"))
	}
	type fact struct {
		id   attendance.PunchID
		site attendance.SiteID
		who  attendance.ProfileID
		at   time.Time
	}
	var facts []fact
	for i := range 60 {
		f := fact{site: sites[i%2], who: people[i/2%2].ID, at: start.Add(time.Duration(i/4) * time.Hour)}
		f.id = w.punch(t, devices[i%2], f.site, f.who, "", f.at)
		facts = append(facts, f)
	}
	rapid.Check(t, func(rt *rapid.T) {
		hour := func(name string) time.Time {
			h := rapid.IntRange(-1, 16).Draw(rt, name)
			if h < 0 {
				return time.Time{}
			}
			return start.Add(time.Duration(h) * time.Hour)
		}
		query := attendance.LogQuery{
			Site: rapid.SampledFrom([]attendance.SiteID{"", w.north.ID, w.south.ID}).Draw(rt, "site"),
			From: hour("from"), To: hour("to"), Limit: rapid.IntRange(1, 61).Draw(rt, "limit"),
		}
		if rapid.Bool().Draw(rt, "one person") {
			query.Profile = people[0].ID
		}
		actor := w.admin.Actor()
		if query.Site != w.south.ID && rapid.Bool().Draw(rt, "manager") {
			actor = w.managerNorth.Actor()
		}
		var want []attendance.PunchID
		for _, f := range slices.Backward(facts) { // made in order, so newest first
			if (query.Site == "" || f.site == query.Site) && actor.Sees(f.site) && (query.Profile == "" || f.who == query.Profile) &&
				!f.at.Before(query.From) && (query.To.IsZero() || f.at.Before(query.To)) {
				want = append(want, f.id)
			}
		}
		var got []attendance.PunchID
		for {
			entries, next, err := w.Punches(ctx, actor, query)
			if err != nil || next != "" && len(entries) != query.Limit {
				rt.Fatalf("a page of %d, limit %d: %v", len(entries), query.Limit, err)
			}
			for _, e := range entries {
				got = append(got, e.Punch.ID)
			}
			if len(got) > len(facts) {
				rt.Fatal("the pages never end")
			}
			if query.Before = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v: %d punches, want %d", query, len(got), len(want))
		}
	})
}

func TestQuarantined(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	f.exec(t, `INSERT INTO quarantine (org, device, reason, received_at) VALUES (?, 'ghost', 'unknown tablet', 6)`, f.admin.Org)
	f.exec(t, `INSERT INTO quarantine (org, device, reason, received_at, resolved_at) VALUES (?, ?, 'dealt with', 7, 8)`, f.admin.Org, f.device)
	all := must(f.Quarantined(t.Context(), f.admin.Actor()))(t)
	if len(all) != 3 || all[0].ID != f.doubt || all[1].Reason != "unknown tablet" || all[2].DeviceName != "Gatehouse" || all[2].Device != f.device || all[2].Received.UnixMicro() != 5 {
		t.Errorf("for an administrator: %+v", all)
	}
	if some := must(f.Quarantined(t.Context(), f.viewerNorth.Actor()))(t); !reflect.DeepEqual(some, []attendance.Quarantined{all[0], all[2]}) {
		t.Errorf("for somebody at the site: %+v", some)
	}
}
