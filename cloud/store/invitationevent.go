package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// RevokeInvitation takes a person's invitation back: the account is silent again,
// and no link or code works.
func (s *Store) RevokeInvitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	return s.decide(ctx, actor, id, invite.Revoke)
}

// DeactivateAccount ends a person's account. They stay in the roster.
func (s *Store) DeactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	return s.decide(ctx, actor, id, invite.Deactivate)
}

// ReactivateAccount makes an ended account silent again: nobody is asked by it.
// Where the address is somebody else's by now it is Invalid: taken.
func (s *Store) ReactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	return s.decide(ctx, actor, id, invite.Reactivate)
}

// decide is an admin's or manager's decision about one person. What the state
// doesn't allow is *invite.NotNow.
func (s *Store) decide(ctx context.Context, actor access.Actor, id attendance.ProfileID, e invite.Event) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	err := s.change(ctx, func(t *tx) error {
		if _, err := findMember(ctx, t, actor, id); err != nil {
			return err
		}
		if err := t.turn(ctx, actor, id, e); err != nil {
			return err
		}
		return t.audit(ctx, actor, string(e)+"-account", string(id))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", e, err)
	}
	return nil
}

// turn is decide for somebody within the actor's reach, without its note.
func (t *tx) turn(ctx context.Context, actor access.Actor, id attendance.ProfileID, e invite.Event) error {
	before, _, err := t.state(ctx, actor.Org, id)
	if err != nil {
		return err
	}
	next, err := invite.Next(before, e)
	if err != nil {
		return err
	}
	if e == invite.Reactivate {
		if err := t.backWithAddress(ctx, actor, id); err != nil {
			return err
		}
	}
	if err := t.put(ctx, actor.Org, id, next); err != nil {
		return err
	}
	if err := t.endLinks(ctx, actor.Org, id, next.Delivery); err != nil {
		return err
	}
	return t.endPassword(ctx, invite.Self{Org: actor.Org, Profile: id})
}

// put writes where a person stands.
func (t *tx) put(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, s invite.State) error {
	_, err := t.ExecContext(ctx, `UPDATE profiles SET account = ?, delivery = ?, membership = ?, status = ?,
		expires_at = CASE WHEN ? THEN expires_at ELSE 0 END, due_at = CASE WHEN ? THEN due_at ELSE 0 END WHERE id = ? AND org = ?`,
		s.Account, s.Delivery, s.Membership, s.Status(), s.Underway(), s.Status() == invite.Waiting, id, org)
	if err != nil {
		return fmt.Errorf("put where %s stands: %w", id, err)
	}
	t.newsOfInvitation(org, id)
	return t.endFaceID(ctx, org, id, s)
}

// endLinks makes every link and code of a person useless, and takes messages that
// wait out of the workers' hands.
func (t *tx) endLinks(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, d invite.Delivery) error {
	if _, err := t.ExecContext(ctx, `UPDATE messages SET delivery = CASE WHEN delivery = 'queued' THEN ? ELSE delivery END, lease = '', leased_until = 0, ended_at = ?
		WHERE org = ? AND profile = ? AND ended_at = 0`, d, micros(t.now), org, id); err != nil {
		return fmt.Errorf("end links: %w", err)
	}
	if _, err := t.ExecContext(ctx, `UPDATE accounts SET code = '', code_until = 0 WHERE profile = ? AND org = ?`, id, org); err != nil {
		return fmt.Errorf("end codes: %w", err)
	}
	return nil
}

// endPassword takes a person's password away; whoever is signed in by it is out.
// The account is tied to none in another organisation any more, and nobody signs in
// to it by an address: who chooses the next password may be somebody else.
func (t *tx) endPassword(ctx context.Context, self invite.Self) error {
	if _, err := t.ExecContext(ctx, `UPDATE accounts SET password = '', password_at = ?, person = '', proven = '', address = '' WHERE profile = ? AND org = ?`,
		micros(t.now), self.Profile, self.Org); err != nil {
		return fmt.Errorf("end a password: %w", err)
	}
	return nil
}
