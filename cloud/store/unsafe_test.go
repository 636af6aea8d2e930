package store

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"muster/cloud/store/postgres"
)

// A commit that PostgreSQL answers is on the disk, whatever somebody has set for
// the database; and where it would not be, nothing is written.
func TestCommitsAreOnTheDisk(t *testing.T) {
	t.Parallel()
	d, ok := on.(*databases)
	if !ok {
		return // it is about PostgreSQL
	}
	at := d.name()
	if err := d.server.Create(t.Context(), at, "template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.server.Drop(context.Background(), at) })
	db, err := postgres.Open(t.Context(), d.server.URL(at))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it is only looked at
	if _, err := db.Write.ExecContext(t.Context(), `ALTER DATABASE `+at+` SET synchronous_commit = off`); err != nil {
		t.Fatal(err)
	}
	again, err := postgres.Open(t.Context(), d.server.URL(at))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // it is only looked at
	var commit string
	if err := again.Write.QueryRowContext(t.Context(), `SHOW synchronous_commit`).Scan(&commit); err != nil || commit != "on" {
		t.Errorf("it commits with synchronous_commit=%s, %v", commit, err)
	}
	u, err := url.Parse(d.server.URL(at))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	if _, err := postgres.Open(t.Context(), u.String()); !errors.Is(err, postgres.ErrUnsafe) {
		t.Errorf("a URL that asks for less: %v", err)
	}
}
