package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"muster/access"
	"muster/invite"
)

// namesakes is how many people of one name are tried where the organisation isn't
// known: numbers are unique within an organisation only, and each try takes a
// moment on purpose. Beyond, somebody needs the key of theirs.
const namesakes = 5

// SignIn is SignInAt for somebody whose organisation isn't known.
func (s *Store) SignIn(ctx context.Context, name, password string) (invite.SignedIn, error) {
	return s.SignInAt(ctx, "", name, password)
}

// SignInAt returns the person with this Muster ID or email address and password, or
// with the code that was given by hand: then it claims the account. An address is
// good for who was mailed a link there and chose the password by it; one that an
// organisation merely wrote into a profile opens nothing. Anything wrong is ErrForbidden, and five wrong in a row lock the name for five minutes:
// access.Locked. With the key of an organisation only its people are looked at, and only
// there the name is locked: a number is somebody else's at another. Without one, a number and password that two people have are ErrForbidden.
func (s *Store) SignInAt(ctx context.Context, at, name, password string) (invite.SignedIn, error) {
	name = strings.ToLower(norm.NFC.String(strings.TrimSpace(name)))
	if name == "" || len(name) > 8*maxEmail {
		return invite.SignedIn{}, access.ErrForbidden
	}
	at = strings.ToLower(strings.TrimSpace(at))
	guess := portalName(at, name)
	if err := s.countGuess(ctx, guess); err != nil {
		return invite.SignedIn{}, err
	}
	found, checked, byCode, err := s.whoIs(ctx, at, name, password)
	if err != nil {
		return invite.SignedIn{}, err
	}
	if err := here(ctx, s.read, found.Org); err != nil {
		return invite.SignedIn{}, err
	}
	in := invite.SignedIn{Self: found}
	err = s.change(ctx, func(t *tx) error {
		if err := t.forgetFailures(ctx, guess); err != nil {
			return err
		}
		if err := t.unchanged(ctx, found, checked); err != nil {
			return err
		}
		if byCode {
			in, err = t.claim(ctx, found)
			return err
		}
		in.Steps, err = t.stepsLeft(ctx, found)
		return err
	})
	if err != nil {
		return invite.SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	return in, nil
}

// portalName stands for a name in the count of failures: the portal's are not the
// console's, and those with the key of an organisation not those of another.
func portalName(at, name string) string {
	kind := "portal "
	if at != "" {
		kind = "portal at " + at + " "
	}
	return kind + strings.ToLower(norm.NFC.String(strings.TrimSpace(name)))
}

type candidate struct {
	self           invite.Self
	password, code string
	person         string // whose accounts are tied; empty: this one isn't
}

func (s *Store) whoIs(ctx context.Context, at, name, password string) (who invite.Self, checked candidate, byCode bool, err error) {
	within, args := "", []any{micros(s.now()), name, name}
	if at != "" {
		within, args = " AND p.org = (SELECT o.id FROM orgs o WHERE o.key = ?)", append(args, at)
	}
	people, err := collect(ctx, s.read, func(r *sql.Rows, c *candidate) error {
		return r.Scan(&c.self.Org, &c.self.Profile, &c.password, &c.code, &c.person)
	}, `SELECT p.org, p.id, a.password, CASE WHEN a.code_until > ? THEN a.code ELSE '' END, a.person FROM profiles p JOIN accounts a ON a.profile = p.id
		WHERE p.id IN (SELECT n.id FROM profiles n WHERE lower(n.number) = ? AND n.removed_at = 0 UNION SELECT b.profile FROM accounts b WHERE b.address = ? AND b.address != '')
		AND p.removed_at = 0 AND p.account IN ('invited', 'claiming', 'active')`+within+` ORDER BY p.id LIMIT ?`, append(args, namesakes)...)
	if err != nil {
		return who, checked, false, fmt.Errorf("look up a person: %w", err)
	}
	code := invite.ParseCode(password)
	var in *candidate
	several := false                     // people with this number and password
	for i := range max(len(people), 1) { // one is checked where there is none: it takes as long
		c := candidate{}
		if i < len(people) {
			c = people[i]
		}
		ok, _, err := s.passwords.check(ctx, password, c.password)
		if err != nil {
			return who, checked, false, err
		}
		given := false
		if code != "" {
			if given, _, err = s.codes.check(ctx, code, c.code); err != nil {
				return who, checked, false, err
			}
		}
		switch {
		case !ok && !given:
		case in == nil:
			in, byCode = &c, given
		case !strings.Contains(name, "@") && (c.person == "" || c.person != in.person):
			several = true
		}
	}
	if in == nil || several {
		return who, checked, false, access.ErrForbidden
	}
	return in.self, *in, byCode, nil
}

// unchanged makes sure that what was looked at is what opens the account still:
// looking takes a while, in which somebody may have chosen another password.
func (t *tx) unchanged(ctx context.Context, who invite.Self, c candidate) error {
	var same bool
	err := t.QueryRowContext(ctx, `SELECT password = ? AND CASE WHEN code_until > ? THEN code ELSE '' END = ? FROM accounts WHERE profile = ? AND org = ?`,
		c.password, micros(t.now), c.code, who.Profile, who.Org).Scan(&same)
	if err != nil {
		return known(err)
	}
	if !same {
		return access.ErrForbidden
	}
	return nil
}
