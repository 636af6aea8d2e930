package store

import (
	"net/url"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/store/postgres"
	"muster/invite"
)

// A cloud whose account may make extensions has an index for searches; one whose
// account may not starts all the same, and finds people without it.
func TestSearchNeedsNoExtension(t *testing.T) {
	t.Parallel()
	d, ok := on.(*databases)
	if !ok {
		t.Skip("SQLite has no extensions")
	}
	for role, indexed := range map[string]bool{"trigram_owner": true, "trigram_guest": false} {
		name, err := d.place("")
		if err != nil {
			t.Fatal(err)
		}
		boss, err := postgres.Connect(d.server.URL(name))
		if err != nil {
			t.Fatal(err)
		}
		grants := []string{`CREATE ROLE ` + role + ` LOGIN`, `GRANT ALL ON SCHEMA public TO ` + role}
		if indexed {
			grants = append(grants, `ALTER DATABASE `+name+` OWNER TO `+role)
		}
		for _, q := range grants {
			if _, err := boss.Write.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		address, err := url.Parse(d.server.URL(name))
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.User(role)
		db, err := postgres.Open(t.Context(), address.String())
		if err != nil {
			t.Fatalf("%s: %v", role, err)
		}
		clock := &clock{t: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
		s := New(db.Write, db.Read, db, clock.now, PasswordCost(64, 1, 1))
		admin := must(s.SetUp(t.Context(), must(s.IssueSetup(t.Context()))(t), access.SetUp{
			Organisation: "Acme", Email: "admin@acme.example", Name: "Ada", Password: password, Language: "en",
		}))(t).Actor()
		site := must(s.AddSite(t.Context(), admin, attendance.Site{Name: "North", TimeZone: "Europe/Berlin"}))(t)
		must(s.AddProfile(t.Context(), admin, attendance.Profile{FirstName: "Jürgen", LastName: "Müller"}, []attendance.SiteID{site.ID}))(t)
		if page := must(s.Invitations(t.Context(), admin, invite.Query{Filter: invite.Filter{Text: "ÜLL"}}))(t); len(page.People) != 1 {
			t.Errorf("%s finds %d people", role, len(page.People))
		}
		var n int
		if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_indexes WHERE indexname = 'profiles_by_text'`).Scan(&n); err != nil || (n == 1) != indexed {
			t.Errorf("%s has %d indexes of texts, %v", role, n, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := boss.Close(); err != nil {
			t.Error(err)
		}
		if err := d.server.Drop(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}
