package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Launch returns what there is to know before everybody is invited.
func (s *Store) Launch(ctx context.Context, actor access.Actor) (invite.Launch, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return invite.Launch{}, err
	}
	var l invite.Launch
	err := s.view(ctx, func(q querier) (err error) {
		if l.Policy, err = s.policy(ctx, q, actor.Org); err != nil {
			return err
		}
		if l.Templates, err = findTemplates(ctx, q, actor.Org); err != nil {
			return err
		}
		if err := s.launchPeople(ctx, q, actor.Org, &l); err != nil {
			return err
		}
		l.Languages, err = collect(ctx, q, scanOne[string], `SELECT DISTINCT language FROM (
				SELECT p.language FROM profiles p WHERE p.org = ?1 AND p.removed_at = 0
				UNION ALL SELECT s.language FROM sites s WHERE s.org = ?1) AS v WHERE language != '' ORDER BY language`, actor.Org)
		if err != nil {
			return err
		}
		l.Sites, err = collect(ctx, q, func(r *sql.Rows, v *invite.LaunchSite) error {
			var seen int64
			err := r.Scan(&v.ID, &v.Name, &v.People, &v.Tablets, &seen)
			v.Seen = fromMicros(seen)
			return err
		}, `SELECT s.id, s.name, (SELECT count(*) FROM profile_sites r JOIN profiles p ON p.id = r.profile WHERE r.site = s.id AND p.removed_at = 0),
				(SELECT count(*) FROM devices d WHERE d.org = s.org AND d.site = s.id AND d.revoked_at = 0),
				COALESCE((SELECT MAX(d.seen_at) FROM devices d WHERE d.org = s.org AND d.site = s.id AND d.revoked_at = 0), 0)
			FROM sites s WHERE s.org = ? ORDER BY s.name, s.id`, actor.Org)
		return err
	})
	if err != nil {
		return invite.Launch{}, fmt.Errorf("look before the launch: %w", err)
	}
	return l, nil
}

func (s *Store) launchPeople(ctx context.Context, q querier, org attendance.OrgID, l *invite.Launch) error {
	now := micros(s.now())
	row := q.QueryRowContext(ctx, `SELECT
			count(CASE WHEN p.account NOT IN ('active', 'deactivated') THEN 1 END),
			count(CASE WHEN p.status = 'not-invited' THEN 1 END),
			count(CASE WHEN p.account NOT IN ('active', 'deactivated') AND p.email = '' AND p.phone = '' THEN 1 END),
			count(CASE WHEN p.account NOT IN ('active', 'deactivated') AND p.email = '' AND p.phone != '' THEN 1 END),
			count(CASE WHEN p.account NOT IN ('active', 'deactivated') AND b.address IS NOT NULL THEN 1 END),
			count(CASE WHEN NOT EXISTS (SELECT 1 FROM cards c WHERE c.org = p.org AND c.profile = p.id AND (c.to_at = 0 OR c.to_at > ?)) THEN 1 END)
		FROM profiles p`+block+` WHERE p.org = ? AND p.removed_at = 0 AND p.membership NOT IN ('outside', 'rejected')`, now, org)
	return row.Scan(&l.People, &l.Silent, &l.NoContact, &l.SMSOnly, &l.Blocked, &l.NoCard)
}

// launch notes that everybody has been invited for the first time. From then on,
// whom integrations create is invited at once.
func (t *tx) launch(ctx context.Context, actor access.Actor, o invite.Order) error {
	everybody := o.To.All && len(o.To.Except) == 0 && reflect.ValueOf(o.To.Filter).IsZero()
	if !everybody || o.Event == invite.Chase || !actor.Everywhere() || !actor.May(access.ManageSites) {
		return nil
	}
	p, err := findPolicy(ctx, t, actor.Org)
	if err != nil || !p.Launched.IsZero() {
		return err
	}
	p.Launched, p.InviteProvisioned = t.now, true
	if err := t.savePolicy(ctx, actor.Org, p); err != nil {
		return err
	}
	return t.audit(ctx, actor, "launch", string(actor.Org))
}
