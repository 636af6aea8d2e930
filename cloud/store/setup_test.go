package store

import (
	"errors"
	"testing"
	"time"

	"muster/access"
)

// empty opens a store without an organisation.
func empty(t *testing.T) (*Store, *clock) {
	t.Helper()
	c := &clock{t: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	s := fresh(t, c.now)
	return s, c
}

var firstSetUp = access.SetUp{
	Organisation: "  Acme   Works ", Email: "Admin@Acme.Example", Name: "Ada", Password: password, Language: "de",
}

func TestSetUpHappensOnce(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	ctx := t.Context()
	if first := must(s.FirstStart(ctx))(t); !first {
		t.Fatal("an empty store isn't a first start")
	}
	old := must(s.IssueSetup(ctx))(t)
	secret := must(s.IssueSetup(ctx))(t)
	if _, err := s.SetUp(ctx, old, firstSetUp); !errors.Is(err, access.ErrExpired) {
		t.Errorf("with the earlier secret: %v", err)
	}
	if _, err := s.SetUp(ctx, "guess", firstSetUp); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("with a wrong secret: %v", err)
	}
	bad := firstSetUp
	bad.Password = "short"
	if _, err := s.SetUp(ctx, secret, bad); err != (access.Invalid{Field: "password", Problem: access.TooShort}) {
		t.Errorf("with a short password: %v", err)
	}
	u := must(s.SetUp(ctx, secret, firstSetUp))(t) // the bad password hasn't used the secret up
	if u.Email != "admin@acme.example" || u.Role != access.OrgAdmin || u.PasswordSet.IsZero() {
		t.Errorf("user = %+v", u)
	}
	if o := must(s.Organisation(ctx, u.Actor()))(t); o.Name != "Acme Works" {
		t.Errorf("organisation = %+v", o)
	}
	if _, err := s.SetUp(ctx, secret, firstSetUp); !errors.Is(err, access.ErrExpired) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := s.IssueSetup(ctx); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a secret after set-up: %v", err)
	}
	if first := must(s.FirstStart(ctx))(t); first {
		t.Error("still a first start")
	}
	if got := must(s.Authenticate(ctx, "ADMIN@acme.example ", password))(t); got.ID != u.ID {
		t.Errorf("signed in as %+v", got)
	}
}

func TestSetUpSecretExpires(t *testing.T) {
	t.Parallel()
	s, c := empty(t)
	secret := must(s.IssueSetup(t.Context()))(t)
	c.forward(setupLife)
	if _, err := s.SetUp(t.Context(), secret, firstSetUp); !errors.Is(err, access.ErrExpired) {
		t.Errorf("after a day: %v", err)
	}
}

// Two browsers that hold the same link at the same time: one sets up.
func TestSetUpAtTheSameTime(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	secret := must(s.IssueSetup(t.Context()))(t)
	errs := make(chan error)
	for range 4 {
		go func() {
			_, err := s.SetUp(t.Context(), secret, firstSetUp)
			errs <- err
		}()
	}
	var done int
	for range 4 {
		switch err := <-errs; {
		case err == nil:
			done++
		case !errors.Is(err, access.ErrExpired):
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("set up %d times", done)
	}
}

func TestSetUpRefusesBadInput(t *testing.T) {
	t.Parallel()
	s, _ := empty(t)
	secret := must(s.IssueSetup(t.Context()))(t)
	for _, c := range []struct {
		change func(*access.SetUp)
		want   access.Invalid
	}{
		{func(s *access.SetUp) { s.Organisation = " \t" }, access.Invalid{Field: "organisation", Problem: access.Required}},
		{func(s *access.SetUp) { s.Email = "nobody" }, access.Invalid{Field: "email", Problem: access.Malformed}},
		{func(s *access.SetUp) { s.Name = "" }, access.Invalid{Field: "name", Problem: access.Required}},
		{func(s *access.SetUp) { s.Language = "fr" }, access.Invalid{Field: "language", Problem: access.Unknown}},
		{func(s *access.SetUp) { s.Password = "Acme works" + "  " }, access.Invalid{Field: "password", Problem: access.Guessable}},
	} {
		in := firstSetUp
		c.change(&in)
		if _, err := s.SetUp(t.Context(), secret, in); err != c.want {
			t.Errorf("%+v: %v, want %v", in, err, c.want)
		}
	}
	if !must(s.FirstStart(t.Context()))(t) {
		t.Error("something was kept")
	}
}
