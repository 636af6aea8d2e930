package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"fmt"
	"math/big"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

const (
	maxDomain      = 253
	maxLabel       = 63        // between two dots
	maxDomains     = 50        // of an organisation
	domainCodeLife = time.Hour // of a code that was sent
	domainTries    = 5         // wrong codes before another must be sent
	domainPause    = time.Minute
	domainCodes    = 10 // that an organisation has sent in a day, for whatever domain
)

// cleanDomain brings a domain into the form that addresses are compared in:
// ASCII, lower case. A label that mixes alphabets looks like another one and is
// refused, and so is what nobody owns: a suffix, an address, a mail provider.
func cleanDomain(s *string) error {
	if err := require("domain", s, maxDomain); err != nil {
		return err
	}
	name := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(*s, "@"), "."))
	if mixed(name) {
		return access.Invalid{Field: "domain", Problem: access.Malformed}
	}
	ascii, err := idna.Lookup.ToASCII(name)
	long := func(label string) bool { return len(label) > maxLabel }
	if err != nil || len(ascii) > maxDomain || !strings.Contains(ascii, ".") || slices.ContainsFunc(strings.Split(ascii, "."), long) {
		return access.Invalid{Field: "domain", Problem: access.Malformed}
	}
	if shown, err := idna.Lookup.ToUnicode(ascii); err != nil || mixed(shown) {
		return access.Invalid{Field: "domain", Problem: access.Malformed}
	}
	a, err := mail.ParseAddress("postmaster@" + ascii)
	if err != nil || a.Address != "postmaster@"+ascii {
		return access.Invalid{Field: "domain", Problem: access.Malformed}
	}
	if owner, err := publicsuffix.EffectiveTLDPlusOne(ascii); err != nil || owner == "" {
		return access.Invalid{Field: "domain", Problem: access.Malformed}
	}
	if invite.PublicMail(ascii) {
		return access.Invalid{Field: "domain", Problem: "public-mail"}
	}
	*s = ascii
	return nil
}

// mixed tells whether a label has letters of more than one of the alphabets that
// share shapes.
func mixed(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		found := 0
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee} {
			if strings.ContainsFunc(label, func(r rune) bool { return unicode.Is(script, r) }) {
				found++
			}
		}
		if found > 1 {
			return true
		}
	}
	return false
}

func findDomains(ctx context.Context, q querier, org attendance.OrgID) ([]invite.Domain, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, d *invite.Domain) error {
		var verified, until int64
		err := r.Scan(&d.Name, &d.Record, &d.MailedTo, &until, &verified)
		d.Record, d.Until, d.Verified = invite.DomainToken+d.Record, fromMicros(until), fromMicros(verified)
		return err
	}, `SELECT domain, token, mailed_to, code_until, verified_at FROM domains WHERE org = ? ORDER BY domain`, org)
	if err != nil {
		return nil, fmt.Errorf("read domains: %w", err)
	}
	return all, nil
}

// AddDomain notes a domain that the organisation says it has, with the record
// that proves it. Several may say so; only one can show it.
func (s *Store) AddDomain(ctx context.Context, actor access.Actor, name string) (invite.Domain, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return invite.Domain{}, err
	}
	if err := cleanDomain(&name); err != nil {
		return invite.Domain{}, err
	}
	var d invite.Domain
	err := s.change(ctx, func(t *tx) error {
		all, err := findDomains(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		for _, there := range all {
			if there.Name == name {
				return access.Invalid{Field: "domain", Problem: access.Taken}
			}
		}
		if len(all) >= maxDomains {
			return access.Invalid{Field: "domain", Problem: access.OutOfRange}
		}
		token := strings.ToLower(rand.Text())
		d = invite.Domain{Name: name, Record: invite.DomainToken + token}
		if _, err := t.ExecContext(ctx, `INSERT INTO domains (org, domain, token, created_at) VALUES (?, ?, ?, ?)`, actor.Org, name, token, micros(t.now)); err != nil {
			return fmt.Errorf("add domain: %w", err)
		}
		return t.audit(ctx, actor, "add-domain", name)
	})
	if err != nil {
		return invite.Domain{}, err
	}
	return d, nil
}

// RemoveDomain forgets a domain. Who came in by it stays a member.
func (s *Store) RemoveDomain(ctx context.Context, actor access.Actor, name string) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		r, err := t.ExecContext(ctx, `DELETE FROM domains WHERE org = ? AND domain = ?`, actor.Org, name)
		if err != nil {
			return fmt.Errorf("remove domain: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		return t.audit(ctx, actor, "remove-domain", name)
	})
}

// VerifyDomain proves a domain by the TXT records that were found at
// invite.DomainRecord and its name. Where the record isn't among them the answer
// is Invalid: unknown; where another organisation has shown it before, taken.
func (s *Store) VerifyDomain(ctx context.Context, actor access.Actor, name string, records []string) error {
	return s.verifyDomain(ctx, actor, name, func(_ *tx, token string, _ []byte, _ int64) error {
		want := invite.DomainToken + token
		for _, r := range records {
			if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(r)), []byte(want)) == 1 {
				return nil
			}
		}
		return access.Invalid{Field: "domain", Problem: access.Unknown}
	})
}

func (s *Store) verifyDomain(ctx context.Context, actor access.Actor, name string, proof func(t *tx, token string, code []byte, until int64) error) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	err := s.change(ctx, func(t *tx) error {
		var token string
		var code []byte
		var until, verified int64
		err := t.QueryRowContext(ctx, `SELECT token, code, code_until, verified_at FROM domains WHERE org = ? AND domain = ?`, actor.Org, name).Scan(&token, &code, &until, &verified)
		if err != nil {
			return known(err)
		}
		if verified != 0 {
			return nil
		}
		if err := proof(t, token, code, until); err != nil {
			return err
		}
		var other bool
		if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM domains WHERE domain = ? AND verified_at != 0)`, name).Scan(&other); err != nil {
			return err
		}
		if other {
			return access.Invalid{Field: "domain", Problem: access.Taken}
		}
		_, err = t.ExecContext(ctx, `UPDATE domains SET verified_at = ?, code = NULL, code_until = 0 WHERE org = ? AND domain = ?`, micros(t.now), actor.Org, name)
		if err != nil {
			return taken(err, "domain", "verify domain")
		}
		return t.audit(ctx, actor, "verify-domain", name)
	})
	if err != nil {
		return fmt.Errorf("verify domain: %w", err)
	}
	return nil
}

// DomainCode draws a code for the caller to send to one of invite.Postmasters.
// One a minute for a domain, ten a day for all: access.Locked.
func (s *Store) DomainCode(ctx context.Context, actor access.Actor, name, to string) (string, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return "", err
	}
	code, err := drawDomainCode()
	if err != nil {
		return "", err
	}
	err = s.change(ctx, func(t *tx) error {
		var until, verified int64
		err := t.QueryRowContext(ctx, `SELECT code_until, verified_at FROM domains WHERE org = ? AND domain = ?`, actor.Org, name).Scan(&until, &verified)
		if err != nil {
			return known(err)
		}
		if !slices.Contains(invite.Postmasters(name), to) || verified != 0 {
			return access.Invalid{Field: "to", Problem: access.Unknown}
		}
		if again := fromMicros(until).Add(domainPause - domainCodeLife); until != 0 && t.now.Before(again) {
			return access.Locked{Until: again}
		}
		if err := t.domainCodesLeft(ctx, actor.Org); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE domains SET code = ?, code_until = ?, code_tries = 0, mailed_to = ? WHERE org = ? AND domain = ?`,
			hashSecret(code), micros(t.now.Add(domainCodeLife)), to, actor.Org, name); err != nil {
			return fmt.Errorf("draw a code: %w", err)
		}
		var language string
		if err := t.QueryRowContext(ctx, `SELECT COALESCE(MIN(language), '') FROM users WHERE id = ?`, actor.User).Scan(&language); err != nil {
			return fmt.Errorf("language of a code: %w", err)
		}
		if err := t.queueNotice(ctx, invite.Notice{Kind: invite.DomainNotice, Org: actor.Org, Subject: name, To: to, Language: language}); err != nil {
			return err
		}
		return t.audit(ctx, actor, "mail-domain-code", name)
	})
	if err != nil {
		return "", fmt.Errorf("domain code: %w", err)
	}
	return code, nil
}

func drawDomainCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	return fmt.Sprintf("%08d", n), err
}

// domainCodesLeft refuses an organisation that would have strangers mailed all
// day. A domain that is removed and added again counts as the same.
func (t *tx) domainCodesLeft(ctx context.Context, org attendance.OrgID) error {
	sent, err := collect(ctx, t, scanOne[int64], `SELECT at FROM audit WHERE org = ? AND action = 'mail-domain-code' AND at > ? ORDER BY at DESC, id DESC LIMIT ?`,
		org, micros(t.now.Add(-24*time.Hour)), domainCodes)
	if err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	if len(sent) == domainCodes {
		return access.Locked{Until: fromMicros(sent[domainCodes-1]).Add(24 * time.Hour)}
	}
	return nil
}

// VerifyDomainByCode proves a domain by a code that was sent to whoever runs it.
// A wrong one is Invalid: unknown; the fifth in a row ends the code.
func (s *Store) VerifyDomainByCode(ctx context.Context, actor access.Actor, name, code string) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	// Counted and committed before the code is looked at.
	r, err := s.write.ExecContext(ctx, `UPDATE domains SET code_tries = code_tries + 1 WHERE org = ? AND domain = ? AND code_tries < ? AND code_until > ? AND verified_at = 0`,
		actor.Org, name, domainTries, micros(s.now()))
	if err != nil {
		return fmt.Errorf("verify domain: %w", err)
	}
	if err := oneOr(r, access.Invalid{Field: "code", Problem: "expired"}); err != nil {
		return err
	}
	return s.verifyDomain(ctx, actor, name, func(t *tx, _ string, hash []byte, until int64) error {
		if !t.now.Before(fromMicros(until)) || subtle.ConstantTimeCompare(hash, hashSecret(strings.Join(strings.Fields(code), ""))) != 1 {
			return access.Invalid{Field: "code", Problem: access.Unknown}
		}
		return nil
	})
}
