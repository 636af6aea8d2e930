package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/store/postgrestest"
)

// A server that goes away is answered with an error of its own, and when it is
// back, so is the store.
func TestAServerThatIsAway(t *testing.T) {
	t.Parallel()
	if _, ok := on.(*databases); !ok {
		t.Skip("a file doesn't go away")
	}
	own, err := postgrestest.Start(t.Context(), postgrestest.InMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := own.Create(t.Context(), "cloud", "template0"); err != nil {
		t.Fatal(err)
	}
	s := must(newDatabases(own).open(t.Context(), "cloud", time.Now))(t)
	defer s.Close() //nolint:errcheck // it is this test's own
	secret := must(s.IssueSetup(t.Context()))(t)
	admin := must(s.SetUp(t.Context(), secret, firstSetUp))(t).Actor()
	if err := own.Halt(); err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func() error{
		"read": func() error { _, err := s.Sites(t.Context(), admin); return err },
		"view": func() error { _, err := s.Members(t.Context(), admin, attendance.MemberQuery{}); return err },
		"write": func() error {
			_, err := s.AddSite(t.Context(), admin, attendance.Site{Name: "North", TimeZone: "UTC"})
			return err
		},
	} {
		for range 3 { // connections that are dead, and those that can't be made
			if err := f(); !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := own.Resume(); err != nil {
		t.Fatal(err)
	}
	must(s.AddSite(t.Context(), admin, attendance.Site{Name: "North", TimeZone: "UTC"}))(t)
	if sites := must(s.Sites(t.Context(), admin))(t); len(sites) != 1 {
		t.Errorf("%d sites after the server came back", len(sites))
	}
}

// Text that PostgreSQL can't hold breaks neither a batch nor a question.
func TestNULIsHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person(t, "Anna", "Berg", w.north.ID)
	p := w.pen(t, w.admin.Org, w.north.ID)
	good := p.punch(anna.ID, "")
	nowhere := p.punch("a\x00b", "")
	odd := p.last
	odd.Seq, odd.Prev, odd.Clock.BootID = odd.Seq+1, odd.Hash, "boot\x00"
	odd = p.seal(odd)
	p.last = odd
	got := w.deliver(t, p, good, nowhere, odd)
	if got.Through != 3 {
		t.Errorf("safe through %d", got.Through)
	}
	if why := w.reasons(t, p); len(why) != 2 {
		t.Errorf("in quarantine: %v", why)
	}
	if _, err := w.Member(t.Context(), w.admin.Actor(), "a\x00b"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a question with NUL: %v", err)
	}
}
