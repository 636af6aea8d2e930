package store

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// sameNumber makes organisations in each of which somebody has the same Muster ID, and
// gives each of them a code.
func (w *world) sameNumber(t *testing.T, number string, n int) []invite.AccessCode {
	t.Helper()
	ctx := t.Context()
	var all []invite.AccessCode
	for i := range n {
		u, _, err := w.AddOrganisation(ctx, fmt.Sprintf("Crowd %d", i), access.User{Email: fmt.Sprintf("admin@crowd%d.example", i), Name: "Admin", Role: access.OrgAdmin})
		if err != nil {
			t.Fatal(err)
		}
		site := must(w.AddSite(ctx, u.Actor(), attendance.Site{Name: "Site", TimeZone: "UTC"}))(t)
		p := must(w.AddProfile(ctx, u.Actor(), attendance.Profile{FirstName: "Ben", LastName: fmt.Sprint("Same", i), Number: number}, []attendance.SiteID{site.ID}))(t)
		all = append(all, must(w.HandOut(ctx, u.Actor(), p.ID))(t))
	}
	return all
}

// However many organisations use a Muster ID, the address on somebody's letter
// leads to them, and to nobody else.
func TestK15TheLetterNamesTheOrganisation(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	all := w.sameNumber(t, "1000", namesakes+3)
	seen := map[string]bool{}
	for i, c := range all {
		if !regexp.MustCompile(`^[a-z2-7]{8}$`).MatchString(c.At) || seen[c.At] {
			t.Fatalf("key %q", c.At)
		}
		seen[c.At] = true
		if u := must(url.Parse(invite.SignInAt("https://muster.example/my/login", c.At)))(t); u.Query().Get("at") != c.At || u.Path != "/my/login" {
			t.Errorf("%s", u)
		}
		if name, err := w.OrganisationAt(ctx, strings.ToUpper(c.At)); err != nil || name != fmt.Sprintf("Crowd %d", i) {
			t.Errorf("%s: %q, %v", c.At, name, err)
		}
	}
	last := all[len(all)-1]
	for _, c := range all[:3] {
		if _, err := w.SignInAt(ctx, c.At, "1000", last.Code); !errors.Is(err, access.ErrForbidden) {
			t.Fatalf("in by another organisation's code: %v", err)
		}
	}
	for i, c := range all {
		in, err := w.SignInAt(ctx, c.At, "1000", c.Code)
		if err != nil || in.Self.Profile != c.Person.ID {
			t.Fatalf("%d: %+v, %v", i, in, err)
		}
	}
	for _, at := range []string{"aaaaaaaa", "no such thing", strings.Repeat("x", 500)} {
		if _, err := w.OrganisationAt(ctx, at); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%q: %v", at, err)
		}
		if _, err := w.SignInAt(ctx, at, "1000", last.Code); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%q: %v", at, err)
		}
	}
}

// Without an organisation a few are tried; two people with one number and one
// password are nobody, unless the organisation tells them apart.
func TestK15TwoOfOneNumberAndPassword(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	both := w.sameNumber(t, "2000", 2)
	for _, c := range both {
		in := must(w.SignIn(ctx, "2000", c.Code))(t)
		if in.Self.Profile != c.Person.ID {
			t.Fatalf("%+v", in)
		}
	}
	for i, c := range both {
		self := must(w.SignInAt(ctx, c.At, "2000", c.Code))(t).Self
		must(w.ChooseOwnPassword(ctx, self, password))(t)
		_, err := w.SignIn(ctx, "2000", password)
		if i == 0 && err != nil || i == 1 && !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for _, c := range both {
		if in := must(w.SignInAt(ctx, c.At, "2000", password))(t); in.Self.Profile != c.Person.ID {
			t.Errorf("%+v", in)
		}
	}
}

// Guesses at a number lock it where they were made: whoever has the same number in
// another organisation has done nothing. Without a key they lock what goes without.
func TestK15GuessesLockNoNamesakeElsewhere(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	all := w.sameNumber(t, "3000", 2)
	for _, at := range []string{all[0].At, ""} {
		for range 5 {
			if _, err := w.SignInAt(ctx, at, "3000", "guess guess guess"); !errors.Is(err, access.ErrForbidden) {
				t.Fatal(err)
			}
		}
		if _, err := w.SignInAt(ctx, strings.ToUpper(at), "3000", all[0].Code); !errors.Is(err, access.ErrTooMany) {
			t.Errorf("after five wrong ones at %q: %v", at, err)
		}
	}
	if in := must(w.SignInAt(ctx, all[1].At, "3000", all[1].Code))(t); in.Self.Profile != all[1].Person.ID {
		t.Errorf("%+v", in)
	}
}
