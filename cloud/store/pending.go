package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
	"muster/sync/wire"
)

// pendingKey is an SQL expression: what tablets have to know of somebody whose
// activation is still to come, as one text; empty for everybody else. It counts on
// columns of profiles alone, and stands word for word in the index profiles_untold,
// by which those are found of whom it has changed.
const pendingKey = `CASE
  WHEN removed_at != 0 OR account NOT IN ('inactive', 'invited', 'claiming') OR membership NOT IN ('invited', 'accepted') THEN ''
  ELSE account || '/' || CASE WHEN delivery IN ('delivered', 'opened') THEN 'sent' ELSE delivery END || '/' || membership || '/' || CAST(messaged_at AS TEXT)
    || '/' || CASE WHEN email != '' THEN 'email' WHEN phone != '' THEN 'phone' ELSE '' END || '/' || order_row END`

// untold finds those of whom tablets know something else than is so.
const untold = `told != ` + pendingKey

// TellPending tells tablets of people whose activation has moved since they were
// last told, of n at most, and returns of how many it did. It is beside the changes
// themselves: whoever asks ten thousand people doesn't wait for all the feeds.
func (s *Store) TellPending(ctx context.Context, n int) (int, error) {
	done := 0
	// Nearly always there is nobody, and then nothing is locked.
	ids, err := findUntold(ctx, s.read, n)
	if err == nil && len(ids) > 0 {
		err = s.tellPending(ctx, n, &done)
	}
	if err != nil {
		return 0, fmt.Errorf("tell tablets who is pending: %w", err)
	}
	return done, nil
}

func findUntold(ctx context.Context, q querier, n int) ([]attendance.ProfileID, error) {
	return collect(ctx, q, scanOne[attendance.ProfileID], `SELECT id FROM profiles WHERE `+untold+` ORDER BY id LIMIT ?`, n)
}

func (s *Store) tellPending(ctx context.Context, n int, done *int) error {
	return s.change(ctx, func(t *tx) error {
		found, err := findUntold(ctx, t, n)
		if err != nil {
			return err
		}
		people, err := findPeople(ctx, t, (&where{sql: ` WHERE p.removed_at = 0`}).among("p.id", found), n)
		if err != nil {
			return err
		}
		profiles := make([]attendance.Profile, len(people))
		for i, p := range people {
			profiles[i] = p.profile
		}
		changes, err := t.profileChanges(ctx, profiles...)
		if err != nil {
			return err
		}
		told := make([]attendance.ProfileID, len(profiles))
		for i, p := range profiles {
			told[i] = p.ID
		}
		if err := t.feedProfiles(ctx, told, changes); err != nil {
			return err
		}
		*done = len(found)
		return t.toldAll(ctx, found)
	})
}

// toldAll notes that the tablets of all sites of these people have been told of
// them in this transaction.
func (t *tx) toldAll(ctx context.Context, ids []attendance.ProfileID) error {
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET told = `+pendingKey+` WHERE `+untold+` AND id IN (SELECT value FROM json_each(?))`, list(ids)); err != nil {
		return fmt.Errorf("note what tablets were told: %w", err)
	}
	return nil
}

// toldOne notes that the tablets of one site have been told of somebody. Where there
// are others, they have to be told as well.
func (t *tx) toldOne(ctx context.Context, id attendance.ProfileID) error {
	_, err := t.ExecContext(ctx, `UPDATE profiles SET told = CASE WHEN (SELECT count(*) FROM profile_sites WHERE profile = profiles.id) > 1 THEN '?' ELSE `+pendingKey+` END
		WHERE id = ? AND `+untold, id)
	if err != nil {
		return fmt.Errorf("note what a site was told: %w", err)
	}
	return nil
}

// tellReach has tablets told anew of those who have a phone only: whether a message
// would reach them was decided otherwise.
func (t *tx) tellReach(ctx context.Context, org attendance.OrgID) error {
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET told = '?' WHERE org = ? AND email = '' AND phone != '' AND told != ''`, org); err != nil {
		return fmt.Errorf("whom tablets have to be told of: %w", err)
	}
	return nil
}

// feedPerson tells the tablets of all sites of somebody how they are now.
func (t *tx) feedPerson(ctx context.Context, p attendance.Profile) error {
	changes, err := t.profileChanges(ctx, p)
	if err != nil {
		return err
	}
	if err := t.feedProfile(ctx, p.ID, profileKey(p.ID), changes[0]); err != nil {
		return err
	}
	return t.toldAll(ctx, []attendance.ProfileID{p.ID})
}

// profileChanges returns what tells tablets of people, in their order.
func (t *tx) profileChanges(ctx context.Context, people ...attendance.Profile) ([]*wire.Change, error) {
	ids := make([]attendance.ProfileID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	pending, err := t.pending(ctx, ids)
	if err != nil {
		return nil, err
	}
	managers, err := t.managers(ctx, ids)
	if err != nil {
		return nil, err
	}
	changes := make([]*wire.Change, len(people))
	for i, p := range people {
		changes[i] = profileChange(p)
		m := changes[i].GetProfile()
		m.Pending, m.Manager = pending[p.ID], managers[p.ID]
	}
	return changes, nil
}

// pending returns how far those people are whose activation is still to come.
func (t *tx) pending(ctx context.Context, ids []attendance.ProfileID) (map[attendance.ProfileID]*wire.Pending, error) {
	type row struct {
		id      attendance.ProfileID
		org     attendance.OrgID
		contact invite.Contact
		m       *wire.Pending
	}
	found, err := collect(ctx, t, func(r *sql.Rows, v *row) error {
		v.m = new(wire.Pending)
		var order, dealt string
		err := r.Scan(&v.id, &v.org, &v.contact.Email, &v.contact.Phone, &v.m.Account, &v.m.Delivery, &v.m.Membership, &v.m.LastUs, &v.m.AddressBlocked,
			&order, &dealt, &v.m.DealtUs)
		v.m.OrderId, v.m.Fate = order, dealt
		return err
	}, `SELECT p.id, p.org, p.email, p.phone, p.account, CASE WHEN p.delivery IN ('delivered', 'opened') THEN 'sent' ELSE p.delivery END, p.membership, p.messaged_at,
			b.address IS NOT NULL, p.order_row, p.order_fate, p.order_at
		FROM profiles p`+block+` WHERE p.id IN (SELECT value FROM json_each(?)) AND p.removed_at = 0
			AND p.account IN ('inactive', 'invited', 'claiming') AND p.membership IN ('invited', 'accepted')`, list(ids))
	if err != nil {
		return nil, fmt.Errorf("read who is pending: %w", err)
	}
	policies := map[attendance.OrgID]invite.Policy{}
	all := make(map[attendance.ProfileID]*wire.Pending, len(found))
	for _, v := range found {
		policy, known := policies[v.org]
		if !known {
			if policy, err = findPolicy(ctx, t, v.org); err != nil {
				return nil, err
			}
			policy.SMS = policy.SMS && t.sms
			policies[v.org] = policy
		}
		channel, why := policy.Channel(v.contact)
		v.m.Channel, v.m.Reason = string(channel), string(why)
		all[v.id] = v.m
	}
	return all, nil
}

// managers returns what accounts of the console those people have who have one.
func (t *tx) managers(ctx context.Context, ids []attendance.ProfileID) (map[attendance.ProfileID]*wire.Manager, error) {
	all := map[attendance.ProfileID]*wire.Manager{}
	_, err := collect(ctx, t, func(r *sql.Rows, _ *struct{}) error {
		var id attendance.ProfileID
		var site string
		m := new(wire.Manager)
		if err := r.Scan(&id, &m.UserId, &m.Role, &site); err != nil {
			return err
		}
		if all[id] == nil {
			all[id] = m
		}
		if site != "" {
			all[id].Sites = append(all[id].Sites, site)
		}
		return nil
	}, `SELECT u.profile, u.id, u.role, COALESCE(w.site, '') FROM users u JOIN profiles p ON p.id = u.profile AND p.org = u.org
		LEFT JOIN user_sites s ON s.user_id = u.id LEFT JOIN profile_sites w ON w.site = s.site AND w.profile = u.profile
		WHERE u.profile != '' AND u.profile IN (SELECT value FROM json_each(?)) AND NOT u.disabled ORDER BY u.id, w.site`, list(ids))
	if err != nil {
		return nil, fmt.Errorf("read who is a manager: %w", err)
	}
	return all, nil
}

// tellManager tells tablets of somebody whose account of the console has changed,
// or is another's now.
func (t *tx) tellManager(ctx context.Context, actor access.Actor, ids ...attendance.ProfileID) error {
	people, err := findPeople(ctx, t, inOrg("p.org", actor).and("p.removed_at = 0").among("p.id", ids), len(ids))
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := t.feedPerson(ctx, p.profile); err != nil {
			return err
		}
	}
	return nil
}
