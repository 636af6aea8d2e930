package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/access"
	"muster/attendance"
)

func names(m []attendance.Member) []string {
	var all []string
	for _, m := range m {
		all = append(all, m.Profile.Name())
	}
	return all
}

func TestMembersComeInTheOrderPeopleExpect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, n := range [][2]string{
		{"Юлия", "Щукина"}, {"bo", "Zorn"}, {"Ann", "arm"}, {"Ann", "Ärmel"}, {"Zoe", "Arm"}, {"Иван", "Ёлкин"}, {"Игорь", "Жуков"}, {"Cher", ""},
	} {
		w.person(t, n[0], n[1], w.north.ID)
	}
	page := must(w.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{}))(t)
	want := []string{"Cher", "Ann arm", "Zoe Arm", "Ann Ärmel", "bo Zorn", "Иван Ёлкин", "Игорь Жуков", "Юлия Щукина"}
	if got := names(page.Members); !slices.Equal(got, want) {
		t.Errorf("order = %q, want %q", got, want)
	}
}

func TestMembersAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.person(t, "Jürgen", "Müller-Straße", w.north.ID)
	w.person(t, "Пётр", "ИВАНОВ", w.north.ID, w.south.ID)
	e17 := must(w.AddProfile(ctx, admin, attendance.Profile{FirstName: "Bob", LastName: "100% Real_", Number: "E-17"}, []attendance.SiteID{w.south.ID}))(t)
	for text, want := range map[string]string{
		"müller": "Jürgen Müller-Straße", "MULLER": "Jürgen Müller-Straße", "strasse jürg": "Jürgen Müller-Straße", "strasse bob": "",
		"петр": "Пётр ИВАНОВ", "иван": "Пётр ИВАНОВ", "e-17": "Bob 100% Real_", " E-1 ": "Bob 100% Real_",
		"%": "Bob 100% Real_", "_": "Bob 100% Real_", "'": "", "100%": "Bob 100% Real_", "nobody": "",
	} {
		page := must(w.Members(ctx, admin, attendance.MemberQuery{Text: text}))(t)
		if got := strings.Join(names(page.Members), ","); got != want || page.Total != len(page.Members) {
			t.Errorf("%q finds %q (%d), want %q", text, got, page.Total, want)
		}
	}
	for site, want := range map[attendance.SiteID]int{w.north.ID: 2, w.south.ID: 2, "": 3} {
		if page := must(w.Members(ctx, admin, attendance.MemberQuery{Site: site}))(t); page.Total != want {
			t.Errorf("site %q has %d people, want %d", site, page.Total, want)
		}
	}
	if err := w.RemoveProfile(ctx, admin, e17.ID); err != nil {
		t.Fatal(err)
	}
	if page := must(w.Members(ctx, admin, attendance.MemberQuery{Text: "bob"}))(t); page.Total != 0 {
		t.Errorf("a removed person is found: %+v", page)
	}
}

func TestMembersBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		query attendance.MemberQuery
		want  access.Invalid
	}{
		{attendance.MemberQuery{Limit: -1}, access.Invalid{Field: "limit", Problem: access.OutOfRange}},
		{attendance.MemberQuery{Limit: 501}, access.Invalid{Field: "limit", Problem: access.OutOfRange}},
		{attendance.MemberQuery{After: "!"}, access.Invalid{Field: "after", Problem: access.Malformed}},
		{attendance.MemberQuery{After: "e30"}, access.Invalid{Field: "after", Problem: access.Malformed}},
		{attendance.MemberQuery{Text: "a\x00"}, access.Invalid{Field: "text", Problem: access.Malformed}},
		{attendance.MemberQuery{Text: strings.Repeat("a", 10_000)}, access.Invalid{Field: "text", Problem: access.TooLong}},
	} {
		if _, err := w.Members(t.Context(), w.admin.Actor(), c.query); err != c.want {
			t.Errorf("%+v: %v, want %v", c.query, err, c.want)
		}
	}
	if _, err := w.Members(t.Context(), w.admin.Actor(), attendance.MemberQuery{Site: w.elsewhere.ID}); err != nil {
		t.Errorf("a site that isn't there: %v", err)
	}
}

// The pages together are the whole list: nobody twice, nobody left out, whatever
// their names and however small the page.
func TestPagesOfMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	for i := range 40 { // many share a name
		w.person(t, fmt.Sprint("F", i%3), fmt.Sprint("L", i%5), []attendance.SiteID{w.north.ID, w.south.ID}[i%2])
	}
	rapid.Check(t, func(rt *rapid.T) {
		query := attendance.MemberQuery{
			Text: rapid.SampledFrom([]string{"", "f1", "l2"}).Draw(rt, "text"),
			Site: rapid.SampledFrom([]attendance.SiteID{"", w.north.ID, w.south.ID}).Draw(rt, "site"),
		}
		actor := rapid.SampledFrom([]access.Actor{admin, w.managerNorth.Actor()}).Draw(rt, "actor")
		if !actor.Everywhere() && query.Site == w.south.ID {
			return
		}
		query.Limit = 500
		whole := must(w.Members(ctx, actor, query))(t)
		query.Limit = rapid.IntRange(1, 41).Draw(rt, "limit")
		var parts []attendance.ProfileID
		for {
			page := must(w.Members(ctx, actor, query))(t)
			if page.Total != len(whole.Members) || len(page.Members) > query.Limit || page.Next != "" && len(page.Members) != query.Limit {
				rt.Fatalf("a page of %d of %d, limit %d", len(page.Members), page.Total, query.Limit)
			}
			for _, m := range page.Members {
				parts = append(parts, m.Profile.ID)
			}
			if len(parts) > len(whole.Members) {
				rt.Fatal("the pages never end")
			}
			if query.After = page.Next; query.After == "" {
				break
			}
		}
		if len(parts) != len(whole.Members) {
			rt.Fatalf("%d people in pages, %d in whole", len(parts), len(whole.Members))
		}
		for i, m := range whole.Members {
			if parts[i] != m.Profile.ID {
				rt.Fatalf("place %d is another's", i)
			}
		}
	})
}

// Somebody who works at two sites: each manager sees their own site only, and
// can't touch the other.
func TestPersonAtTwoSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, south := t.Context(), w.managerSouth.Actor()
	p := w.person(t, "Anna", "Berg", w.north.ID, w.south.ID)
	sites := func() []attendance.SiteID { return must(w.Member(ctx, w.admin.Actor(), p.ID))(t).Sites }
	if m := must(w.Member(ctx, south, p.ID))(t); !slices.Equal(m.Sites, []attendance.SiteID{w.south.ID}) {
		t.Errorf("the southern manager sees the sites %v", m.Sites)
	}
	p.Blocked = true
	if err := w.ChangeProfile(ctx, south, p, []attendance.SiteID{w.south.ID}); err != nil {
		t.Fatal(err)
	}
	if len(sites()) != 2 {
		t.Errorf("after a change by the southern manager: %v", sites())
	}
	unknown := access.Invalid{Field: "sites", Problem: access.Unknown}
	if err := w.ChangeProfile(ctx, south, p, []attendance.SiteID{w.south.ID, w.north.ID}); err != unknown {
		t.Errorf("naming the northern site: %v", err)
	}
	if _, err := w.AddProfile(ctx, south, attendance.Profile{LastName: "X"}, []attendance.SiteID{w.south.ID, w.north.ID}); err != unknown {
		t.Errorf("adding to the northern site: %v", err)
	}
	if err := w.RemoveProfile(ctx, south, p.ID); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("removing: %v", err)
	}
	if len(sites()) != 2 {
		t.Errorf("after what was refused: %v", sites())
	}
	if err := w.ChangeProfile(ctx, south, p, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sites(), []attendance.SiteID{w.north.ID}) {
		t.Errorf("after leaving the southern site: %v", sites())
	}
	if _, err := w.Member(ctx, south, p.ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the southern manager still sees them: %v", err)
	}
	if err := w.ChangeProfile(ctx, w.managerNorth.Actor(), p, nil); err != (access.Invalid{Field: "sites", Problem: access.Required}) {
		t.Errorf("leaving the last site: %v", err)
	}
}
