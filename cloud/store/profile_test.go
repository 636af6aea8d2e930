package store

import (
	"errors"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
)

func TestProfileInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	must(w.AddProfile(ctx, admin, attendance.Profile{LastName: "First", Number: "E17"}, []attendance.SiteID{w.north.ID}))(t)
	other := w.person(t, "Other", "Person", w.north.ID)
	for what, c := range map[string]struct {
		p     attendance.Profile
		sites []attendance.SiteID
		want  access.Invalid
	}{
		"no name":          {attendance.Profile{FirstName: " \u00a0 "}, nil, access.Invalid{Field: "last_name", Problem: access.Required}},
		"a long name":      {attendance.Profile{LastName: strings.Repeat("ж", 101)}, nil, access.Invalid{Field: "last_name", Problem: access.TooLong}},
		"a line break":     {attendance.Profile{FirstName: "A\nB"}, nil, access.Invalid{Field: "first_name", Problem: access.Malformed}},
		"a terminal code":  {attendance.Profile{LastName: "\x1b[31mA"}, nil, access.Invalid{Field: "last_name", Problem: access.Malformed}},
		"backwards":        {attendance.Profile{LastName: "A\u202eB"}, nil, access.Invalid{Field: "last_name", Problem: access.Malformed}},
		"not UTF-8":        {attendance.Profile{LastName: "\xff"}, nil, access.Invalid{Field: "last_name", Problem: access.Malformed}},
		"a taken number":   {attendance.Profile{LastName: "A", Number: "e17"}, nil, access.Invalid{Field: "number", Problem: access.Taken}},
		"a strange number": {attendance.Profile{LastName: "A", Number: "1 or 2"}, nil, access.Invalid{Field: "number", Problem: access.Malformed}},
		"a long number":    {attendance.Profile{LastName: "A", Number: strings.Repeat("1", 21)}, nil, access.Invalid{Field: "number", Problem: access.TooLong}},
		"unknown language": {attendance.Profile{LastName: "A", Language: "xx"}, nil, access.Invalid{Field: "language", Problem: access.Unknown}},
		"another's site":   {attendance.Profile{LastName: "A"}, []attendance.SiteID{w.elsewhere.ID}, access.Invalid{Field: "sites", Problem: access.Unknown}},
		"no site's id":     {attendance.Profile{LastName: "A"}, []attendance.SiteID{"nowhere"}, access.Invalid{Field: "sites", Problem: access.Unknown}},
		"no site":          {attendance.Profile{LastName: "A"}, []attendance.SiteID{}, access.Invalid{Field: "sites", Problem: access.Required}},
	} {
		if c.sites == nil {
			c.sites = []attendance.SiteID{w.north.ID}
		}
		before := w.dump(t)
		if _, err := w.AddProfile(ctx, admin, c.p, c.sites); err != c.want {
			t.Errorf("adding, %s: %v, want %v", what, err, c.want)
		}
		c.p.ID = other.ID
		if err := w.ChangeProfile(ctx, admin, c.p, c.sites); err != c.want {
			t.Errorf("changing, %s: %v, want %v", what, err, c.want)
		}
		if w.dump(t) != before {
			t.Errorf("%s: something was kept", what)
		}
	}
}

func TestProfilesAreKeptAsTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	p := must(w.AddProfile(ctx, admin, attendance.Profile{
		ID: "mine", FirstName: "  Anne  Marie ", LastName: "O\u2019Neill-Mu\u0308ller", Number: "a/1", Photo: "feed", Language: "de",
	}, []attendance.SiteID{w.north.ID, w.north.ID}))(t)
	if p.FirstName != "Anne Marie" || p.LastName != "O\u2019Neill-M\u00fcller" || p.Number != "a/1" || p.Photo != "" || p.ID == "mine" {
		t.Errorf("profile = %+v", p)
	}
	if m := must(w.Member(ctx, admin, p.ID))(t); m.Profile != p || len(m.Sites) != 1 {
		t.Errorf("member = %+v", m)
	}
	p.Number, p.LastName, p.Photo = "", "Berg", "elsewhere"
	if err := w.ChangeProfile(ctx, admin, p, []attendance.SiteID{w.north.ID}); err != nil {
		t.Fatal(err)
	}
	if m := must(w.Member(ctx, admin, p.ID))(t).Profile; m.Number != "a/1" || m.LastName != "Berg" || m.Photo != "" {
		t.Errorf("profile = %+v", m)
	}
	before := w.dump(t)
	p.Photo, p.Number = "", "a/1"
	if err := w.ChangeProfile(ctx, admin, p, []attendance.SiteID{w.north.ID}); err != nil || w.dump(t) != before {
		t.Errorf("changing nothing changed something (%v)", err)
	}
}

// Who has left keeps their name in the list of punches, and their number is not
// given to somebody else.
func TestRemovedPeopleLeaveTheirPunches(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	ctx, admin := t.Context(), f.admin.Actor()
	if err := f.RemoveProfile(ctx, admin, f.anna.ID); err != nil {
		t.Fatal(err)
	}
	e := must(f.Punch(ctx, admin, f.punch))(t)
	if e.Name != "Annabella Bergmann" || e.Number != f.anna.Number || e.Photo != "" || e.Punch.Profile != f.anna.ID {
		t.Errorf("entry = %+v", e)
	}
	if _, err := f.Photo(ctx, admin, f.photo); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the photo: %v", err)
	}
	var kept int
	if err := f.read.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM photos) + (SELECT count(*) FROM cards WHERE to_at = 0)`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d photos and open cards are kept (%v)", kept, err)
	}
	for what, err := range map[string]error{
		"removing again":  f.RemoveProfile(ctx, admin, f.anna.ID),
		"changing":        f.ChangeProfile(ctx, admin, f.anna, []attendance.SiteID{f.north.ID}),
		"a photo":         f.SetPhoto(ctx, admin, f.anna.ID, picture(t, 9, 9)),
		"a card":          f.AssignCard(ctx, admin, f.anna.ID, f.card, ""),
		"blocking a card": f.BlockCard(ctx, admin, f.anna.ID, f.card, true),
		"ending a card":   f.EndCard(ctx, admin, f.anna.ID, f.card),
		"a captured card": f.change(ctx, func(x *tx) error { return x.assign(ctx, f.admin.Org, f.card, f.anna.ID, "") }),
	} {
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := f.AddProfile(ctx, admin, attendance.Profile{LastName: "Next", Number: f.anna.Number}, []attendance.SiteID{f.north.ID})
	if err != (access.Invalid{Field: "number", Problem: access.Taken}) {
		t.Errorf("their number: %v", err)
	}
}
