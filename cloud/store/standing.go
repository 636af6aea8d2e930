package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// standingOf finds a person's organisations: those of their accounts, and those
// that have an unclaimed profile of an address that they have proved to read.
// One whose admin merely prepared a profile for somebody without an account is not
// among them: that is silent until it is asked for. Its arguments are self's
// profile, person and proven address, twice.
const standingOf = ` FROM profiles p JOIN orgs o ON o.id = p.org LEFT JOIN accounts a ON a.profile = p.id
	WHERE p.removed_at = 0 AND p.account != 'deactivated' AND p.id IN (
		SELECT CAST(? AS TEXT) UNION SELECT profile FROM accounts WHERE person = ? AND person != ''
		UNION SELECT id FROM profiles WHERE email = ? AND email != '' AND account IN ('inactive', 'invited') AND membership != 'outside' AND (added != 'new' OR membership != 'accepted'))`

func standings(ctx context.Context, q querier, self invite.Self, i identity) ([]invite.Standing, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, s *invite.Standing) error {
		var since int64
		err := r.Scan(&s.Self.Org, &s.Self.Profile, &s.Organisation, &s.State.Account, &s.State.Delivery, &s.State.Membership, &s.Way, &s.Added, &since)
		s.Since, s.Current = fromMicros(since), s.Self == self
		return err
	}, `SELECT p.org, p.id, o.name, p.account, p.delivery, p.membership, p.way, p.added, p.member_at`+standingOf+` ORDER BY o.name, p.org, p.id`,
		self.Profile, i.person, i.proven)
	if err != nil {
		return nil, fmt.Errorf("organisations of a person: %w", err)
	}
	return all, nil
}

// Standings returns a person's organisations, by name: where they are members,
// where they are asked to be, and where they said no. Behind them come those that
// let in everybody with an address of a domain of theirs: they have no profile
// yet, and the membership invite.Outside.
func (s *Store) Standings(ctx context.Context, self invite.Self) ([]invite.Standing, error) {
	var all []invite.Standing
	err := s.view(ctx, func(q querier) error {
		i, err := findIdentity(ctx, q, self)
		if err != nil {
			return err
		}
		if all, err = standings(ctx, q, self, i); err != nil {
			return err
		}
		open, err := openByDomain(ctx, q, i.proven)
		for _, o := range open {
			if !hasOrg(all, o.Self.Org) {
				all = append(all, o)
			}
		}
		return err
	})
	return all, err
}

func hasOrg(all []invite.Standing, org attendance.OrgID) bool {
	for _, s := range all {
		if s.Self.Org == org {
			return true
		}
	}
	return false
}

// openByDomain returns the organisations that have verified the domain of an
// address and let in by it.
func openByDomain(ctx context.Context, q querier, proven string) ([]invite.Standing, error) {
	_, domain, _ := strings.Cut(proven, "@")
	if domain == "" {
		return nil, nil
	}
	found, err := collect(ctx, q, func(r *sql.Rows, s *invite.Standing) error {
		s.State, s.Way = invite.Silent, invite.ByDomain
		return r.Scan(&s.Self.Org, &s.Organisation)
	}, `SELECT o.id, o.name FROM domains d JOIN orgs o ON o.id = d.org WHERE d.domain = ? AND d.verified_at != 0`, domain)
	if err != nil {
		return nil, fmt.Errorf("organisations of a domain: %w", err)
	}
	var open []invite.Standing
	for _, s := range found {
		l, err := findLicence(ctx, q, s.Self.Org)
		if err != nil {
			return nil, err
		}
		on, err := waysOn(ctx, q, s.Self.Org, l.Type)
		if err != nil {
			return nil, err
		}
		if (invite.Access{Licence: l, On: on}).Open(invite.ByDomain) {
			open = append(open, s)
		}
	}
	return open, nil
}

// standing finds one of a person's organisations by the profile there. Whatever
// isn't theirs is ErrNotFound.
func (t *tx) standing(ctx context.Context, self invite.Self, there attendance.ProfileID) (identity, invite.Standing, error) {
	i, err := findIdentity(ctx, t, self)
	if err != nil {
		return i, invite.Standing{}, err
	}
	if !i.state.SignsIn() || i.hash == "" {
		return i, invite.Standing{}, access.ErrForbidden
	}
	all, err := standings(ctx, t, self, i)
	if err != nil {
		return i, invite.Standing{}, err
	}
	for _, s := range all {
		if s.Self.Profile == there {
			return i, s, nil
		}
	}
	return i, invite.Standing{}, access.ErrNotFound
}

// AnswerMembership is what Join and Decline do: the person becomes a member where
// they were asked to, or not. A yes may come after a no, while there is a seat.
// The result is who they are there.
func (s *Store) AnswerMembership(ctx context.Context, self invite.Self, there attendance.ProfileID, yes bool) (invite.Self, error) {
	var to invite.Self
	err := s.change(ctx, func(t *tx) error {
		i, of, err := t.standing(ctx, self, there)
		if err != nil {
			return err
		}
		to = of.Self
		if of.State.Membership == invite.Accepted && yes {
			return nil // twice is once
		}
		if !yes {
			return t.reject(ctx, of)
		}
		if of.State.Membership == invite.Rejected {
			if err := t.seatFor(ctx, of.Self.Org, ""); err != nil {
				return err
			}
		}
		if err := t.asOnePerson(ctx, self, &i); err != nil {
			return err
		}
		if err := t.takeSeat(ctx, i, to); err != nil {
			return err
		}
		return t.audit(ctx, access.Actor{Org: to.Org}, "join", string(to.Profile))
	})
	if err != nil {
		return invite.Self{}, fmt.Errorf("answer: %w", err)
	}
	return to, nil
}

func (t *tx) reject(ctx context.Context, of invite.Standing) error {
	next, err := invite.Next(of.State, invite.Reject)
	if err != nil {
		return err
	}
	if err := t.put(ctx, of.Self.Org, of.Self.Profile, next); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET member_at = ? WHERE id = ? AND org = ?`, micros(t.now), of.Self.Profile, of.Self.Org); err != nil {
		return fmt.Errorf("reject: %w", err)
	}
	if err := t.feedStanding(ctx, of.Self.Org, of.Self.Profile); err != nil {
		return err
	}
	return t.audit(ctx, access.Actor{Org: of.Self.Org}, "reject-membership", string(of.Self.Profile))
}

// seatFor tells whether one more person may come in of their own by a way.
func (t *tx) seatFor(ctx context.Context, org attendance.OrgID, way invite.Way) error {
	a, err := t.admissions(ctx, access.Actor{Org: org}, way)
	if err != nil {
		return err
	}
	if d := a.one(invite.Outside, false); d.Refused != "" {
		return barred(d.Refused)
	}
	return nil
}

// Enter goes from one of a person's organisations to another where they are a
// member. Who was added at once goes there for the first time by it.
func (s *Store) Enter(ctx context.Context, self invite.Self, there attendance.ProfileID) (invite.Self, error) {
	var to invite.Self
	err := s.change(ctx, func(t *tx) error {
		i, of, err := t.standing(ctx, self, there)
		if err != nil {
			return err
		}
		if !of.Opens() {
			return access.ErrForbidden
		}
		if to = of.Self; of.State.Account == invite.Active || of.State.Account == invite.Claiming {
			return nil
		}
		if err := t.asOnePerson(ctx, self, &i); err != nil {
			return err
		}
		if err := t.takeSeat(ctx, i, to); err != nil {
			return err
		}
		return t.audit(ctx, access.Actor{Org: to.Org}, "enter", string(to.Profile))
	})
	if err != nil {
		return invite.Self{}, fmt.Errorf("enter: %w", err)
	}
	return to, nil
}

// JoinByDomain makes a member of somebody whose proven address is of a domain
// that the organisation has verified.
func (s *Store) JoinByDomain(ctx context.Context, self invite.Self, org attendance.OrgID) (invite.Self, error) {
	var to invite.Self
	err := s.change(ctx, func(t *tx) error {
		i, err := findIdentity(ctx, t, self)
		if err != nil {
			return err
		}
		open, err := openByDomain(ctx, t, i.proven)
		if err != nil {
			return err
		}
		if !hasOrg(open, org) {
			return access.ErrNotFound
		}
		to, err = t.comeIn(ctx, self, i, org, invite.ByDomain, "")
		return err
	})
	if err != nil {
		return invite.Self{}, fmt.Errorf("join by domain: %w", err)
	}
	return to, nil
}
