package store

import (
	"slices"
	"strings"
	"testing"

	"muster/access"
	"muster/invite"
)

// What is searched for is found in either case, in any script, in the midst of a
// word, with one letter too, on each database.
func TestP4InvitationsAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, admin := t.Context(), w.admin.Actor()
	for _, p := range []struct {
		first, last string
		contact     invite.Contact
	}{
		{"Jürgen", "Müller", invite.Contact{Email: "J.Mueller@Firma.example", ExternalID: "HR-Öl-17"}},
		{"Ирина", "Иванова", invite.Contact{Email: "irina@firma.example", Phone: "+79051111111", ExternalID: "ТН-05"}},
		{"Bob", "100%", invite.Contact{Email: "почта@firma.example", ExternalID: "a_b"}},
		{"Zed", "Quux", invite.Contact{}},
		{"Þóra", "Sørensen", invite.Contact{}},
		{"Łucja", "Straße", invite.Contact{}},
	} {
		if err := w.SetContact(ctx, admin, w.person(t, p.first, p.last, w.north.ID).ID, p.contact); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		f    invite.Filter
		want string
	}{
		{invite.Filter{Text: "müller"}, "Müller"},
		{invite.Filter{Text: "MÜLLER"}, "Müller"},
		{invite.Filter{Text: "muller"}, "Müller"},
		{invite.Filter{Text: "ÜLL"}, "Müller"},
		{invite.Filter{Text: "sorensen"}, "Sørensen"},
		{invite.Filter{Text: "SØRENS"}, "Sørensen"},
		{invite.Filter{Text: "thora"}, "Sørensen"},
		{invite.Filter{Text: "strasse luc"}, "Straße"},
		{invite.Filter{Text: "straß łu"}, "Straße"},
		{invite.Filter{Text: "иванов"}, "Иванова"},
		{invite.Filter{Text: "ИВАНОВ ир"}, "Иванова"},
		{invite.Filter{Text: "ю"}, ""},
		{invite.Filter{Text: "в"}, "Иванова"},
		{invite.Filter{Text: "Q"}, "Quux"},
		{invite.Filter{Text: "ux"}, "Quux"},
		{invite.Filter{Text: "%"}, "100%"},
		{invite.Filter{Text: "u_x"}, ""},
		{invite.Filter{Email: "MUELLER@firma"}, "Müller"},
		{invite.Filter{Email: "ПОЧТА@"}, "100%"},
		{invite.Filter{Email: "_"}, ""},
		{invite.Filter{Phone: "(905) 11"}, "Иванова"},
		{invite.Filter{ExternalID: "hr-"}, "Müller"},
		{invite.Filter{ExternalID: "тн-0"}, "Иванова"},
		{invite.Filter{ExternalID: "ТН"}, "Иванова"},
		{invite.Filter{ExternalID: "A_B"}, "100%"},
		{invite.Filter{Text: "bob", ExternalID: "hr"}, ""},
		{invite.Filter{Text: "\u0430", Status: []invite.Status{invite.NotInvited}}, "Иванова"},
	} {
		for who, actor := range map[string]access.Actor{"admin": admin, "manager": w.managerNorth.Actor()} {
			page := must(w.Invitations(ctx, actor, invite.Query{Filter: c.f}))(t)
			var got []string
			for _, p := range page.People {
				got = append(got, p.Profile.LastName)
			}
			slices.Sort(got)
			if strings.Join(got, ",") != c.want {
				t.Errorf("%s, %+v finds %q, want %q", who, c.f, got, c.want)
			}
			if n := must(w.Tally(ctx, actor, c.f))(t).Total(); n != len(got) {
				t.Errorf("%s, %+v is %d by count and %d by list", who, c.f, n, len(got))
			}
		}
	}
}
