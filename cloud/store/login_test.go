package store

import (
	"errors"
	"testing"

	"github.com/alexedwards/argon2id"

	"muster/access"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	if u := must(w.Authenticate(ctx, " North@ACME.example", password))(t); u.ID != w.managerNorth.ID || len(u.Sites) != 1 {
		t.Errorf("signed in as %+v", u)
	}
	for what, c := range map[string][2]string{
		"a wrong password":           {"north@acme.example", password + "!"},
		"no password":                {"north@acme.example", ""},
		"nobody":                     {"nobody@acme.example", password},
		"no address":                 {"", password},
		"somebody without password":  {"admin@other.example", ""},
		"an address of great length": {string(make([]byte, 1<<16)), password},
	} {
		if u, err := w.Authenticate(ctx, c[0], c[1]); !errors.Is(err, access.ErrForbidden) || u.ID != "" {
			t.Errorf("%s: %+v, %v", what, u, err)
		}
	}
	w.managerNorth.Disabled = true
	if err := w.ChangeUser(ctx, w.admin.Actor(), w.managerNorth); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(ctx, "north@acme.example", password); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a disabled user: %v", err)
	}
}

// Five wrong passwords lock for five minutes. Whether there is an account makes
// no difference that a guesser could see.
func TestLockout(t *testing.T) {
	t.Parallel()
	for _, email := range []string{"north@acme.example", "nobody@acme.example"} {
		w := newWorld(t)
		ctx := t.Context()
		for range maxFailures {
			if _, err := w.Authenticate(ctx, email, "wrong"); !errors.Is(err, access.ErrForbidden) {
				t.Fatalf("%s: %v", email, err)
			}
		}
		if _, err := w.Authenticate(ctx, email, password); !errors.Is(err, access.ErrTooMany) {
			t.Errorf("%s, locked: %v", email, err)
		}
		w.clock.forward(lockTime)
		_, err := w.Authenticate(ctx, email, password)
		if known := email == "north@acme.example"; known && err != nil || !known && !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s, after the lock: %v", email, err)
		}
	}
}

func TestLockoutSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for range maxFailures {
		_, _ = w.Authenticate(ctx, "north@acme.example", "wrong")
	}
	again := must(on.open(ctx, w.at, w.clock.now))(t)
	defer func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := again.Authenticate(ctx, "north@acme.example", password); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("after a restart: %v", err)
	}
}

func TestTheFifthPasswordMayBeRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 { // a right password sets the count back each time
		for range maxFailures - 1 {
			_, _ = w.Authenticate(t.Context(), "north@acme.example", "wrong")
		}
		must(w.Authenticate(t.Context(), "north@acme.example", password))(t)
	}
}

// Guessing in parallel gets no more guesses than guessing in turn.
func TestLockoutOfParallelGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	errs := make(chan error)
	for range 40 {
		go func() {
			_, err := w.Authenticate(t.Context(), "north@acme.example", "wrong")
			errs <- err
		}()
	}
	var looked int
	for range 40 {
		switch err := <-errs; {
		case errors.Is(err, access.ErrForbidden):
			looked++
		case !errors.Is(err, access.ErrTooMany):
			t.Error(err)
		}
	}
	if looked != maxFailures {
		t.Errorf("%d passwords were looked at, want %d", looked, maxFailures)
	}
}

// For an address without an account, the same hash at the same cost is computed.
func TestUnknownAddressesCostTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var hash string
	if err := w.read.QueryRowContext(t.Context(), `SELECT password FROM users WHERE id = ?`, w.admin.ID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	real, _, _, err := argon2id.DecodeHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	decoy, _, _, err := argon2id.DecodeHash(w.passwords.decoy())
	if err != nil || *decoy != *real {
		t.Errorf("the decoy costs %+v, a password %+v (%v)", decoy, real, err)
	}
	if ok, _, err := w.passwords.check(t.Context(), "x", ""); ok || err != nil {
		t.Errorf("a user without a password: %v, %v", ok, err)
	}
}

func TestDefaultCostIsAtLeastTheRecommended(t *testing.T) {
	t.Parallel()
	c := defaultCost // RFC 9106, section 4, second option
	if c.Memory < 64<<10 || c.Iterations < 3 || c.Parallelism < 4 || c.SaltLength < 16 || c.KeyLength < 32 {
		t.Errorf("cost = %+v", c)
	}
}

func TestHashesGrowWithTheCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	PasswordCost(128, 1, 1)(w.Store)
	must(w.Authenticate(t.Context(), "north@acme.example", password))(t)
	var hash string
	if err := w.read.QueryRowContext(t.Context(), `SELECT password FROM users WHERE id = ?`, w.managerNorth.ID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if p, _, _, err := argon2id.DecodeHash(hash); err != nil || p.Memory != 128 {
		t.Errorf("the hash costs %+v (%v)", p, err)
	}
	must(w.Authenticate(t.Context(), "north@acme.example", password))(t)
}
