package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// People come in without an account by showing that an address is theirs. Nobody
// is told whether an address is known but whoever reads its mails.

const (
	entryLife    = 24 * time.Hour
	entriesHour  = 3   // mails that an address gets
	entriesDay   = 6   // and in a day
	entriesOrg   = 500 // that are sent for an organisation in an hour
	entriesStand = 7 * 24 * time.Hour
)

// AskEntry draws the secret of a mail for somebody who typed an address. Where
// nothing is to be sent, for whatever reason, the mail has no ID and there is no
// error: whoever asked isn't told.
func (s *Store) AskEntry(ctx context.Context, r invite.EntryRequest) (invite.EntryMail, error) {
	if err := first(cleanEmail(&r.Email), cleanLanguage(&r.Language)); err != nil {
		return invite.EntryMail{}, err
	}
	secret, hash := newSecret()
	var m invite.EntryMail
	err := s.change(ctx, func(t *tx) error {
		m = invite.EntryMail{}
		org, way, code, err := t.entrance(ctx, r)
		if err != nil || org == "" {
			return err
		}
		if ok, err := t.entriesLeft(ctx, org, r.Email); err != nil || !ok {
			return err
		}
		m = invite.EntryMail{ID: attendance.NewID[invite.MessageID](), Org: org, To: r.Email, Language: r.Language, Secret: secret}
		_, err = t.ExecContext(ctx, `INSERT INTO entries (id, org, way, code, email, language, token, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			m.ID, org, way, code, r.Email, r.Language, hash, micros(t.now), micros(t.now.Add(entryLife)))
		if err != nil {
			return err
		}
		return t.queueNotice(ctx, invite.Notice{Kind: invite.EntryNotice, Org: org, Subject: string(m.ID), To: m.To, Language: m.Language})
	})
	if err != nil {
		return invite.EntryMail{}, fmt.Errorf("ask for an entry: %w", err)
	}
	return m, nil
}

// entrance finds where somebody would come in; empty: nowhere.
func (t *tx) entrance(ctx context.Context, r invite.EntryRequest) (attendance.OrgID, invite.Way, []byte, error) {
	if r.Code != "" {
		c, err := t.joinCode(ctx, r.Code)
		if isNotFound(err) {
			return "", "", nil, nil
		}
		return c.org, c.Way, hashSecret(plainCode(c.Code)), err
	}
	open, err := openByDomain(ctx, t, r.Email)
	if err != nil || len(open) == 0 {
		return "", "", nil, err
	}
	return open[0].Self.Org, invite.ByDomain, nil, nil // one only has shown that it has the domain
}

// entriesLeft keeps strangers from having somebody's mailbox filled, and forgets
// what is long over.
func (t *tx) entriesLeft(ctx context.Context, org attendance.OrgID, email string) (bool, error) {
	if _, err := t.ExecContext(ctx, `DELETE FROM entries WHERE org = ? AND created_at < ?`, org, micros(t.now.Add(-entriesStand))); err != nil {
		return false, fmt.Errorf("forget entries: %w", err)
	}
	var hour, day, all int
	hourAgo := micros(t.now.Add(-time.Hour))
	name, domain := mailbox(email)
	err := t.QueryRowContext(ctx, `SELECT count(*), COALESCE(sum(CASE WHEN created_at > ? THEN 1 ELSE 0 END), 0) FROM entries
		WHERE (email = ? OR org = ? AND email LIKE ? ESCAPE '\') AND created_at > ?`,
		hourAgo, name+domain, org, literally.Replace(name)+"+%"+literally.Replace(domain), micros(t.now.Add(-24*time.Hour))).Scan(&day, &hour)
	if err == nil {
		err = t.QueryRowContext(ctx, `SELECT count(*) FROM entries WHERE org = ? AND created_at > ?`, org, hourAgo).Scan(&all)
	}
	if err != nil {
		return false, fmt.Errorf("count entries: %w", err)
	}
	return hour < entriesHour && day < entriesDay && all < entriesOrg, nil
}

// mailbox splits an address into the name of whose mailbox it is and the rest from
// the @ on. What follows a + sorts mails within one mailbox, nearly everywhere.
func mailbox(email string) (name, domain string) {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return email, ""
	}
	name, _, _ = strings.Cut(email[:at], "+")
	return name, email[at:]
}

// EntrySent notes that a mail went to the address itself, so that whoever has the
// secret reads it. One that was only kept for administrators proves nothing.
func (s *Store) EntrySent(ctx context.Context, id invite.MessageID) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE entries SET sent_at = ? WHERE id = ?`, micros(s.now()), id); err != nil {
		return fmt.Errorf("note that a mail went out: %w", err)
	}
	return nil
}

// entry is a row of the table entries, with what its link is good for.
type entry struct {
	invite.Entry
	id   invite.MessageID
	org  attendance.OrgID
	site attendance.SiteID
	sent bool
}

// Entry tells what a link is good for. It uses nothing up, and claims nothing: mail
// scanners open links too. A secret that nobody was sent is ErrNotFound.
func (s *Store) Entry(ctx context.Context, secret string) (invite.Entry, error) {
	var e entry
	err := s.change(ctx, func(t *tx) (err error) {
		e, err = t.entry(ctx, secret)
		return err
	})
	if err != nil {
		return invite.Entry{}, fmt.Errorf("read an entry: %w", err)
	}
	return e.Entry, nil
}

func (t *tx) entry(ctx context.Context, secret string) (entry, error) {
	var e entry
	var code []byte
	var sent, used, expires int64
	err := t.QueryRowContext(ctx, `SELECT e.id, e.org, e.way, e.code, e.email, e.language, e.sent_at, e.used_at, e.expires_at, o.name FROM entries e JOIN orgs o ON o.id = e.org WHERE e.token = ?`,
		hashSecret(secret)).Scan(&e.id, &e.org, &e.Way, &code, &e.Email, &e.Language, &sent, &used, &expires, &e.Organisation)
	if err != nil {
		return e, known(err)
	}
	e.sent, e.State = sent != 0, invite.EntryOver
	if used != 0 || !t.now.Before(fromMicros(expires)) {
		return e, nil
	}
	if open, err := t.stillOpen(ctx, &e, code); err != nil || !open {
		return e, err
	}
	if there, err := t.hasAccount(ctx, e.org, e.Email); err != nil {
		return e, err
	} else if there {
		e.State = invite.EntryAccount
		return e, nil
	}
	known, err := t.profileIn(ctx, invite.Self{}, identity{proven: e.Email}, e.org)
	if err != nil {
		return e, err
	}
	switch m := known.State.Membership; {
	case known.State.Account == invite.Deactivated:
		e.State = invite.EntryEnded
		return e, nil
	case known.Self.Profile == "" || m == invite.Outside || m == invite.Rejected:
		a, err := t.admissions(ctx, access.Actor{Org: e.org}, e.Way)
		if err != nil {
			return e, err
		}
		if d := a.one(invite.Outside, false); d.Refused == invite.NoSeat || d.Refused == invite.LicenceOver {
			e.State = invite.EntryState(d.Refused)
			return e, nil
		}
	}
	e.State = invite.EntryGood
	if known.Self.Profile != "" {
		e.Known = true
		err = t.QueryRowContext(ctx, `SELECT first_name FROM profiles WHERE id = ? AND org = ?`, known.Self.Profile, e.org).Scan(&e.FirstName)
	}
	return e, err
}

// stillOpen tells whether people come in by an entry's way at this moment, and where
// they then belong.
func (t *tx) stillOpen(ctx context.Context, e *entry, code []byte) (bool, error) {
	if e.Way == invite.ByDomain {
		open, err := openByDomain(ctx, t, e.Email)
		return hasOrg(open, e.org), err
	}
	found, err := collect(ctx, t, scanJoinCode, joinCodeColumns+` WHERE hash = ? AND org = ?`, code, e.org)
	if err != nil || len(found) == 0 || !found[0].Good(t.now) {
		return false, err
	}
	e.site = found[0].Site
	l, err := findLicence(ctx, t, e.org)
	if err != nil {
		return false, err
	}
	on, err := waysOn(ctx, t, e.org, l.Type)
	return (invite.Access{Licence: l, On: on}).Open(e.Way), err
}

// hasAccount tells whether somebody has an account with an address: in the
// organisation, or one in another of which they have proved that they read it. That
// another organisation says so would let it keep people out.
func (t *tx) hasAccount(ctx context.Context, org attendance.OrgID, email string) (there bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM profiles p JOIN accounts a ON a.profile = p.id
		WHERE (p.email = ?1 AND p.org = ?2 OR a.proven = ?1) AND a.password != '' AND p.removed_at = 0 AND p.account IN ('claiming', 'active'))`, email, org).Scan(&there)
	if err != nil {
		err = fmt.Errorf("look for an account: %w", err)
	}
	return there, err
}

// TakeEntry is what a person's button does: they are a member with a seat, and have
// an account with the password. Somebody whom the organisation knows by the address
// keeps the name that it has. A link that isn't good is ErrLink.
func (s *Store) TakeEntry(ctx context.Context, secret, firstName, lastName, password string) (invite.SignedIn, error) {
	e, err := s.Entry(ctx, secret)
	if err != nil {
		return invite.SignedIn{}, err
	}
	if e.State != invite.EntryGood {
		return invite.SignedIn{}, ErrLink
	}
	p := attendance.Profile{FirstName: firstName, LastName: lastName, Language: e.Language}
	if !e.Known {
		if err := cleanProfile(&p); err != nil {
			return invite.SignedIn{}, err
		}
	}
	if err := checkPassword(password, access.User{Email: e.Email, Name: strings.TrimSpace(firstName + " " + lastName)}, e.Organisation); err != nil {
		return invite.SignedIn{}, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return invite.SignedIn{}, err
	}
	var in invite.SignedIn
	err = s.change(ctx, func(t *tx) error {
		e, err := t.entry(ctx, secret) // it may have gone bad meanwhile
		if err != nil {
			return err
		}
		if e.State != invite.EntryGood {
			return ErrLink
		}
		r, err := t.ExecContext(ctx, `UPDATE entries SET used_at = ? WHERE id = ? AND used_at = 0`, micros(t.now), e.id)
		if err != nil {
			return err
		}
		if err := oneOr(r, ErrLink); err != nil {
			return err
		}
		i := identity{
			person: attendance.NewID[string](), proven: e.Email, address: e.Email, hash: hash, profile: p,
			state: invite.State{Account: invite.Active, Membership: invite.Accepted},
		}
		self, err := t.comeIn(ctx, invite.Self{}, i, e.org, e.Way, e.site)
		if err != nil {
			return err
		}
		if !e.sent {
			if _, err := t.ExecContext(ctx, `UPDATE accounts SET proven = '' WHERE profile = ? AND org = ?`, self.Profile, self.Org); err != nil {
				return err
			}
		}
		in.Self = self
		in.Steps, err = t.stepsLeft(ctx, self)
		return err
	})
	if err != nil {
		return invite.SignedIn{}, fmt.Errorf("come in: %w", err)
	}
	return in, nil
}
