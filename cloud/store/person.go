package store

import (
	"context"
	"fmt"

	"muster/attendance"
	"muster/invite"
)

// One person may have an account in several organisations: rows of accounts with
// the same person. What ties them is never an organisation's word, but what the
// person did: they joined while signed in, or proved to read the same address.
// A code that is given by hand, and whatever else takes a password away, unties
// the account: whoever holds the code must get nowhere else by it.

// identity is what somebody who is signed in has shown of themselves.
type identity struct {
	person  string // empty: only this account yet
	proven  string // address; empty: none
	address string // by which they sign in; empty: by the Muster ID only
	hash    string // of the password
	state   invite.State
	profile attendance.Profile // names and language only
}

func findIdentity(ctx context.Context, q querier, self invite.Self) (identity, error) {
	var i identity
	p := &i.profile
	err := q.QueryRowContext(ctx, `SELECT COALESCE(a.person, ''), COALESCE(a.proven, ''), COALESCE(a.address, ''), COALESCE(a.password, ''), p.account, p.delivery, p.membership,
		p.first_name, p.last_name, p.language FROM profiles p LEFT JOIN accounts a ON a.profile = p.id WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`,
		self.Profile, self.Org).Scan(&i.person, &i.proven, &i.address, &i.hash, &i.state.Account, &i.state.Delivery, &i.state.Membership, &p.FirstName, &p.LastName, &p.Language)
	if err != nil {
		return i, fmt.Errorf("who is signed in: %w", known(err))
	}
	return i, nil
}

// claimedAnew unties an account that a link claims, unless it is by a mail to the address
// that its person has proved to read. Somebody may have begun to join, or have joined
// while signed in elsewhere, before an admin wrote another address and had a reminder
// sent there: who reads that gets nowhere else by it.
func (t *tx) claimedAnew(ctx context.Context, m sentMessage) error {
	read := ""
	if m.channel == invite.Email {
		read = m.address
	}
	_, err := t.ExecContext(ctx, `UPDATE accounts SET person = '', proven = '', address = '' WHERE profile = ? AND org = ?
		AND (proven = '' OR proven != ? OR EXISTS (SELECT 1 FROM mailbox WHERE id = ?))`, m.person, m.org, read, m.id)
	if err != nil {
		return fmt.Errorf("untie an account: %w", err)
	}
	return nil
}

// prove notes that whoever is choosing a password has read a mail that was sent to
// an address: by that address they sign in. A mail that went nowhere but into the
// built-in mailbox, which admins read too, proves nothing beyond the organisation.
func (t *tx) prove(ctx context.Context, m sentMessage) error {
	if m.channel != invite.Email || m.address == "" {
		return nil
	}
	if _, err := t.ExecContext(ctx, `UPDATE accounts SET address = ? WHERE profile = ? AND org = ?`, m.address, m.person, m.org); err != nil {
		return fmt.Errorf("prove an address: %w", err)
	}
	var kept bool
	if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM mailbox WHERE id = ?)`, m.id).Scan(&kept); err != nil {
		return fmt.Errorf("prove an address: %w", err)
	}
	if kept {
		return nil
	}
	_, err := t.ExecContext(ctx, `UPDATE accounts SET proven = ?, person = COALESCE((SELECT MIN(o.person) FROM accounts o
		WHERE o.proven = ? AND o.person != '' AND o.profile != accounts.profile), person) WHERE profile = ? AND org = ?`, m.address, m.address, m.person, m.org)
	if err != nil {
		return fmt.Errorf("prove an address: %w", err)
	}
	return nil
}

// asOnePerson returns the name that a person's accounts share, and gives them one
// where they have none.
func (t *tx) asOnePerson(ctx context.Context, self invite.Self, i *identity) error {
	if i.person != "" {
		return nil
	}
	i.person = attendance.NewID[string]()
	_, err := t.ExecContext(ctx, `UPDATE accounts SET person = ? WHERE profile = ? AND org = ?`, i.person, self.Profile, self.Org)
	if err != nil {
		return fmt.Errorf("name a person: %w", err)
	}
	return nil
}

// spreadPassword gives a person's other accounts the password that they chose just
// now: it is one person, so it is one password.
func (t *tx) spreadPassword(ctx context.Context, self invite.Self, hash string) error {
	_, err := t.ExecContext(ctx, `UPDATE accounts SET password = ?, password_at = ?, code = '', code_until = 0 WHERE profile != ? AND password != '' AND person != ''
		AND person = (SELECT a.person FROM accounts a WHERE a.profile = ? AND a.org = ?)`, hash, micros(t.now), self.Profile, self.Profile, self.Org)
	if err != nil {
		return fmt.Errorf("spread a password: %w", err)
	}
	return nil
}

// takeSeat makes a member of a person who has an account elsewhere, and gives
// them one there with the same password. What is asked for beside it is still to
// do.
func (t *tx) takeSeat(ctx context.Context, i identity, there invite.Self) error {
	before, _, err := t.state(ctx, there.Org, there.Profile)
	if err != nil {
		return err
	}
	next, err := invite.Next(before, invite.Join)
	if err != nil {
		return err
	}
	if err := t.put(ctx, there.Org, there.Profile, next); err != nil {
		return err
	}
	if before.Membership != next.Membership {
		if _, err := t.ExecContext(ctx, `UPDATE profiles SET member_at = ? WHERE id = ? AND org = ?`, micros(t.now), there.Profile, there.Org); err != nil {
			return fmt.Errorf("join: %w", err)
		}
		if err := t.feedStanding(ctx, there.Org, there.Profile); err != nil {
			return err
		}
	}
	if before.Account == next.Account {
		return nil
	}
	if err := t.endLinks(ctx, there.Org, there.Profile, next.Delivery); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO accounts (profile, org, password, password_at, claimed_at, person, proven, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET password = excluded.password, password_at = excluded.password_at, claimed_at = excluded.claimed_at,
		person = excluded.person, proven = excluded.proven, address = excluded.address, code = '', code_until = 0`,
		there.Profile, there.Org, i.hash, micros(t.now), micros(t.now), i.person, i.proven, i.address)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	_, err = t.advance(ctx, there)
	return err
}
