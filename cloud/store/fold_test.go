package store

import (
	"testing"

	"muster/attendance"
	"muster/invite"
)

// P4: letters that are no other letter with a mark on it are found by what people
// type for them.
func TestP4PlainLetters(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Sørensen": "sorensen", "ÆRØ": "aero", "Łódź": "lodz", "Đorđević": "dordevic", "Straße": "strasse", "GROẞ": "gross", "Œuvre": "oeuvre", "Þór Guðmundsson": "thor gudmundsson", "Ёлка": "елка",
	} {
		if got := fold(given); got != want {
			t.Errorf("%s is looked for as %q, want %q", given, got, want)
		}
		if again := fold(fold(given)); again != want {
			t.Errorf("%s folded twice is %q", given, again)
		}
	}
}

// P4: people who were there before a cloud knew that are found as well.
func TestP4PlainLettersOfPeopleFromBefore(t *testing.T) {
	t.Parallel()
	s, p := migrations(t)
	defer s.Close() //nolint:errcheck // it is this test's own
	ctx := t.Context()
	must(p.Up(ctx))(t)
	u := must(s.SetUp(ctx, must(s.IssueSetup(ctx))(t), firstSetUp))(t)
	site := must(s.AddSite(ctx, u.Actor(), attendance.Site{Name: "Nord", TimeZone: "UTC"}))(t)
	must(s.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Þóra", LastName: "Łæsø", Number: "17"}, []attendance.SiteID{site.ID}))(t)
	must(p.DownTo(ctx, 27))(t)
	must(s.write.ExecContext(ctx, `UPDATE profiles SET search = 'þora łæsø 17'`))(t)
	must(p.Up(ctx))(t)
	for _, text := range []string{"laeso", "ŁÆSØ", "thora 17"} {
		if page := must(s.Invitations(ctx, u.Actor(), invite.Query{Filter: invite.Filter{Text: text}}))(t); len(page.People) != 1 {
			t.Errorf("%q finds nobody", text)
		}
	}
}
