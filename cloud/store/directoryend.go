package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// endByDirectory has somebody gone: no account, no seat, turned away at tablets. They
// stay in the roster, with their cards, sites and groups, so that coming back brings
// everything back; their punches aren't touched.
func (t *tx) endByDirectory(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	m, err := findMember(ctx, t, actor, id)
	if err != nil {
		return err
	}
	s, _, err := t.state(ctx, actor.Org, id)
	if err != nil {
		return err
	}
	now, err := findDirectoryPerson(ctx, t, actor, id)
	if err != nil {
		return err
	}
	if s.Account != invite.Deactivated {
		if err := t.turn(ctx, actor, id, invite.Deactivate); err != nil {
			return err
		}
	}
	if err := t.adopt(ctx, actor.Org, now); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE directory_people SET ended = TRUE, was_blocked = ? WHERE profile = ? AND org = ? AND NOT ended`, m.Profile.Blocked, id, actor.Org); err != nil {
		return fmt.Errorf("end somebody: %w", err)
	}
	if s.Seated() {
		if err := t.admit(ctx, actor.Org, id, invite.Admission{Membership: invite.Outside}, ""); err != nil {
			return err
		}
	}
	return t.blocked(ctx, actor, id, true)
}

// backByDirectory is endByDirectory taken back. The account begins silent, as after
// every end. It returns who is a member by it and has no account yet.
func (t *tx) backByDirectory(ctx context.Context, actor access.Actor, id attendance.ProfileID) ([]attendance.ProfileID, error) {
	s, _, err := t.state(ctx, actor.Org, id)
	if err != nil {
		return nil, err
	}
	if s.Account == invite.Deactivated {
		if err := t.turn(ctx, actor, id, invite.Reactivate); err != nil {
			return nil, err
		}
	}
	var ended, was bool
	err = t.QueryRowContext(ctx, `SELECT COALESCE(d.ended, FALSE), COALESCE(d.was_blocked, FALSE)`+fromDirectoryPeople+` WHERE p.id = ? AND p.org = ?`, id, actor.Org).Scan(&ended, &was)
	if err != nil {
		return nil, fmt.Errorf("bring somebody back: %w", known(err))
	}
	if !ended {
		return nil, nil // ended in the console: they kept their seat
	}
	if _, err := t.ExecContext(ctx, `UPDATE directory_people SET ended = FALSE, was_blocked = FALSE WHERE profile = ? AND org = ?`, id, actor.Org); err != nil {
		return nil, fmt.Errorf("bring somebody back: %w", err)
	}
	if err := t.blocked(ctx, actor, id, was); err != nil {
		return nil, err
	}
	p, err := t.placing(ctx, actor)
	if err != nil {
		return nil, err
	}
	err = p.place(ctx, id, nil)
	return p.fresh, err
}

// blocked says whether tablets turn somebody away, and tells them.
func (t *tx) blocked(ctx context.Context, actor access.Actor, id attendance.ProfileID, blocked bool) error {
	m, err := findMember(ctx, t, actor, id) // as tablets are to know them, whatever happened before
	if err != nil {
		return err
	}
	if m.Profile.Blocked == blocked {
		return nil
	}
	m.Profile.Blocked = blocked
	if err := t.saveProfile(ctx, actor.Org, m.Profile); err != nil {
		return err
	}
	return t.feedPerson(ctx, m.Profile)
}

// dropFromDirectory forgets what a directory told of somebody who is removed.
func (t *tx) dropFromDirectory(ctx context.Context, id attendance.ProfileID) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM directory_members WHERE profile = ?`, id); err != nil {
		return fmt.Errorf("take out of groups: %w", err)
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM directory_people WHERE profile = ?`, id); err != nil {
		return fmt.Errorf("forget a user name: %w", err)
	}
	return nil
}
