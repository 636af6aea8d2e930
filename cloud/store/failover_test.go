package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
	"muster/sync/wire"
)

// rewritten is a database that says which history it writes.
type rewritten struct {
	Dialect
	history string
}

func (d *rewritten) History() string { return d.history }

// While the cloud runs, its database is replaced by a standby that lacks the last
// change. The version of that is given out again, and a tablet that has read the one
// that was lost hears of the other all the same.
func TestFeedAfterFailover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := &rewritten{w.write.Dialect, "1"}
	w.write.Dialect = server
	address := wire.Address{Org: w.admin.Org, Device: w.device(t, w.admin.Org, w.north.ID, "Gate")}
	w.person(t, "Anna", "Berg", w.north.ID)
	f := newFollower()
	f.rest(t, w, address, 1<<20)
	f.at.Have, f.at.Urgent, f.at.People = f.at.GetHave()+1, f.at.GetUrgent()+1, f.at.GetPeople()+1 // what is lost
	server.history = "2"
	w.person(t, "Bert", "Amsel", w.north.ID) // in its place
	if !f.rest(t, w, address, 1<<20) {
		t.Error("goes on from a history that never was")
	}
	if f.rest(t, w, address, 1<<20) {
		t.Error("and again")
	}
}

// A server that was promoted writes another history, and one that is yet to be is not
// written to, though it would take what is written later on the same connection.
func TestPromotedServer(t *testing.T) {
	t.Parallel()
	server, err := postgrestest.Start(t.Context(), postgrestest.InMemory)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := server.Create(t.Context(), "cloud", "template0"); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(t.Context(), server.URL("cloud"))
	if err != nil {
		t.Fatal(err)
	}
	s := New(db.Write, db.Read, db, time.Now, PasswordCost(64, 1, 1))
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	before := s.termNow()
	if err := errors.Join(server.Halt(), server.Demote(), server.Resume()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Beat(t.Context(), "a"); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("a standby: %v", err)
	}
	var done bool
	if err := db.Read.QueryRowContext(t.Context(), `SELECT pg_promote()`).Scan(&done); err != nil || !done {
		t.Fatal(done, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if _, _, err := s.Beat(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if after := s.termNow(); after == before || before == s.term {
		t.Errorf("the feeds' term is %q after the failover and was %q", after, before)
	}
}
