package store

import (
	"bytes"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

var (
	_ scs.CtxStore         = Sessions{}
	_ scs.IterableCtxStore = Sessions{}
	_ scs.IterableStore    = Sessions{}
)

func TestSessions(t *testing.T) {
	t.Parallel()
	st, c := empty(t)
	s, ctx := Sessions{st}, t.Context()
	if _, found, err := s.Find("a"); found || err != nil {
		t.Errorf("a session out of nowhere: %v, %v", found, err)
	}
	if err := s.Commit("a", []byte("one"), c.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.CommitCtx(ctx, "a", []byte("two"), c.now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.CommitCtx(ctx, "b", []byte("three"), c.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if data, found, err := s.Find("a"); !found || err != nil || !bytes.Equal(data, []byte("two")) {
		t.Errorf("Find = %q, %v, %v", data, found, err)
	}
	c.forward(time.Hour)
	if _, found, err := s.Find("b"); found || err != nil {
		t.Errorf("an expired session: %v, %v", found, err)
	}
	if all := must(s.All())(t); len(all) != 1 || string(all["a"]) != "two" {
		t.Errorf("All = %v", all)
	}
	for range 2 { // the second time there is nothing to delete, and that is fine
		if err := s.Delete("a"); err != nil {
			t.Fatal(err)
		}
	}
	if all := must(s.All())(t); all == nil || len(all["a"]) != 0 {
		t.Errorf("All = %v", all)
	}
}

// Expired sessions don't pile up.
func TestSessionsAreSwept(t *testing.T) {
	t.Parallel()
	st, c := empty(t)
	s := Sessions{st}
	for range 10 {
		if err := s.Commit(time.Duration(c.now().UnixNano()).String(), []byte("x"), c.now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		c.forward(time.Hour)
	}
	var n int
	if err := st.read.QueryRowContext(t.Context(), `SELECT count(*) FROM sessions`).Scan(&n); err != nil || n > 1 {
		t.Errorf("%d sessions are kept (%v)", n, err)
	}
}
