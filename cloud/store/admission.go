package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// newcomer is somebody who is about to be added to an organisation.
type newcomer struct {
	email string            // normalised; empty: none
	now   invite.Membership // invite.Outside for somebody who isn't known yet
}

// admissions decides who of those whom an actor adds is a member at once, who is
// asked and who is refused. It is the one place for that: every way in goes
// through it. It keeps count of the seats that it gives away, so one of them
// serves a whole file.
type admissions struct {
	t     *tx
	org   attendance.OrgID
	admin bool
	shut  invite.Reason // why nobody new is let in; empty: there may be room
	left  int           // seats; -1: any number
}

// admissions begins to decide on people who come in by a way; no way is for a
// person who is entered by hand.
func (t *tx) admissions(ctx context.Context, actor access.Actor, way invite.Way) (*admissions, error) {
	a := &admissions{t: t, org: actor.Org, admin: actor.Everywhere(), left: -1}
	l, err := findLicence(ctx, t, actor.Org)
	if err != nil {
		return nil, err
	}
	if way != "" {
		on, err := waysOn(ctx, t, actor.Org, l.Type)
		if err != nil {
			return nil, err
		}
		if !(invite.Access{Licence: l, On: on}).Open(way) {
			a.shut = invite.WayClosed
			return a, nil
		}
	}
	if a.shut = l.Refuses(0, 0, t.now); a.shut != "" || l.Seats == 0 {
		return a, nil
	}
	taken, _, err := seatsTaken(ctx, t, actor.Org)
	a.left = max(l.Seats-taken, 0)
	return a, err
}

// decide returns what becomes of each. Who is refused is so for themselves: the
// others go on. The caller writes what it says, with admit, in the same
// transaction.
func (a *admissions) decide(ctx context.Context, people ...newcomer) ([]invite.Admission, error) {
	var emails []string
	for _, p := range people {
		if p.email != "" {
			emails = append(emails, p.email)
		}
	}
	there, err := a.t.accountsElsewhere(ctx, a.org, emails)
	if err != nil {
		return nil, err
	}
	all := make([]invite.Admission, len(people))
	for i, p := range people {
		all[i] = a.one(p.now, there[p.email])
	}
	return all, nil
}

func (a *admissions) one(now invite.Membership, hasAccount bool) invite.Admission {
	d := now.Admission(a.admin, hasAccount)
	if now == invite.Accepted || now == invite.Asked { // has a seat
		return d
	}
	switch {
	case a.shut != "":
		return invite.Admission{Membership: now, Refused: a.shut}
	case a.left == 0:
		return invite.Admission{Membership: now, Refused: invite.NoSeat}
	case a.left > 0:
		a.left--
	}
	return d
}

// accountsElsewhere returns which of these addresses somebody with an account in
// another organisation has proved to read.
func (t *tx) accountsElsewhere(ctx context.Context, org attendance.OrgID, emails []string) (map[string]bool, error) {
	there := map[string]bool{}
	if len(emails) == 0 {
		return there, nil
	}
	found, err := collect(ctx, t, scanOne[string], `SELECT a.proven FROM accounts a JOIN profiles p ON p.id = a.profile
		WHERE a.proven IN (SELECT value FROM json_each(?)) AND a.proven != '' AND a.org != ? AND a.password != ''
		AND p.removed_at = 0 AND p.account IN ('claiming', 'active')`, list(emails), org)
	if err != nil {
		return nil, fmt.Errorf("look for accounts: %w", err)
	}
	for _, e := range found {
		there[e] = true
	}
	return there, nil
}

// barred is the error of a single person who is refused.
func barred(r invite.Reason) error {
	field := "sites"
	if r == invite.WayClosed {
		field = "email"
	}
	return access.Invalid{Field: field, Problem: string(r)}
}

// admit writes a decision about somebody who is in the table, and tells the
// tablets of their sites.
func (t *tx) admit(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, d invite.Admission, way invite.Way) error {
	r, err := t.ExecContext(ctx, `UPDATE profiles SET membership = ?, added = CASE WHEN ? != '' THEN ? ELSE added END,
		way = CASE WHEN ? != '' THEN ? ELSE way END, member_at = ? WHERE id = ? AND org = ? AND (membership != ? OR ? != '' AND added != ?)`,
		d.Membership, d.Added, d.Added, way, way, micros(t.now), id, org, d.Membership, d.Added, d.Added)
	if err != nil {
		return fmt.Errorf("admit: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	t.newsOfInvitation(org, id)
	return t.feedStanding(ctx, org, id)
}

// feedStanding tells the tablets of somebody's sites how they stand.
func (t *tx) feedStanding(ctx context.Context, org attendance.OrgID, id attendance.ProfileID) error {
	p, err := t.ownProfile(ctx, invite.Self{Org: org, Profile: id})
	if err != nil {
		return err
	}
	return t.feedPerson(ctx, p)
}

// AddAgain adds somebody who is in the roster again: who said no, or was never
// asked, is asked anew, or is a member at once where an organisation admin adds.
func (s *Store) AddAgain(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Admission, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return invite.Admission{}, err
	}
	var d invite.Admission
	err := s.change(ctx, func(t *tx) error {
		if _, err := findMember(ctx, t, actor, id); err != nil {
			return err
		}
		var n newcomer
		err := t.QueryRowContext(ctx, `SELECT email, membership FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&n.email, &n.now)
		if err != nil {
			return known(err)
		}
		a, err := t.admissions(ctx, actor, "")
		if err != nil {
			return err
		}
		all, err := a.decide(ctx, n)
		if err != nil {
			return err
		}
		if d = all[0]; d.Refused != "" {
			return barred(d.Refused)
		}
		if err := t.admit(ctx, actor.Org, id, d, ""); err != nil {
			return err
		}
		return t.audit(ctx, actor, "add-again", string(id))
	})
	if err != nil {
		return invite.Admission{}, fmt.Errorf("add again: %w", err)
	}
	return d, nil
}

// meet is for a new address of somebody whose account isn't claimed: it may be
// that of somebody who has an account, whose yes is then needed.
func (t *tx) meet(ctx context.Context, actor access.Actor, id attendance.ProfileID, email string) error {
	var before string
	var s invite.State
	err := t.QueryRowContext(ctx, `SELECT email, account, membership FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&before, &s.Account, &s.Membership)
	if err != nil {
		return known(err)
	}
	if before == email || s.Membership == invite.Outside || s.Account != invite.Inactive && s.Account != invite.Invited {
		return nil
	}
	there, err := t.accountsElsewhere(ctx, actor.Org, []string{email})
	if err != nil {
		return err
	}
	if !there[email] && s.Membership == invite.Accepted {
		return nil
	}
	if s.Membership == invite.Rejected { // has no seat, and needs one
		a, err := t.admissions(ctx, actor, "")
		if err != nil {
			return err
		}
		if d := a.one(invite.Outside, there[email]); d.Refused != "" {
			return barred(d.Refused)
		}
	}
	// Another address, another person: decided as if nobody had been asked.
	return t.admit(ctx, actor.Org, id, invite.Outside.Admission(actor.Everywhere(), there[email]), "")
}

// assigned makes a member of somebody who was known only, and has been given a
// first site.
func (t *tx) assigned(ctx context.Context, actor access.Actor, old attendance.Member, sites []attendance.SiteID) error {
	if len(old.Sites) > 0 || len(sites) == 0 {
		return nil
	}
	var n newcomer
	err := t.QueryRowContext(ctx, `SELECT email, membership FROM profiles WHERE id = ? AND org = ?`, old.Profile.ID, actor.Org).Scan(&n.email, &n.now)
	if err != nil {
		return known(err)
	}
	if n.now != invite.Outside {
		return nil
	}
	a, err := t.admissions(ctx, actor, invite.ByAssignment)
	if err != nil {
		return err
	}
	all, err := a.decide(ctx, n)
	if err != nil {
		return err
	}
	if all[0].Refused != "" {
		return access.Invalid{Field: "sites", Problem: string(all[0].Refused)}
	}
	return t.admit(ctx, actor.Org, old.Profile.ID, all[0], invite.ByAssignment)
}
