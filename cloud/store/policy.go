package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// Hold has messages wait so long after they were ordered, so that the order can be
// taken back; without it they may leave at once. What waits is in the database: it
// outlives the program.
func Hold(d time.Duration) Option { return func(s *Store) { s.hold = d } }

// SMS tells the store that there is a provider for SMS. Without one no
// organisation's policy says that SMS go out, whatever was decided.
func SMS(configured bool) Option { return func(s *Store) { s.sms = configured } }

// Policy returns what the actor's organisation decided about inviting.
func (s *Store) Policy(ctx context.Context, actor access.Actor) (invite.Policy, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return invite.Policy{}, err
	}
	return s.policy(ctx, s.read, actor.Org)
}

// policy is findPolicy, as far as it can be carried out here.
func (s *Store) policy(ctx context.Context, q querier, org attendance.OrgID) (invite.Policy, error) {
	p, err := findPolicy(ctx, q, org)
	p.SMS = p.SMS && s.sms
	p.FaceID = p.FaceID && s.faceKeys != nil
	return p, err
}

// SetPolicy changes it. Where there is no provider for SMS, what was decided
// about them stays as it was: nobody could see it. So does Face ID where there are no
// keys for it. Switching that off destroys every picture that was given.
func (s *Store) SetPolicy(ctx context.Context, actor access.Actor, p invite.Policy) error {
	return s.EditPolicy(ctx, actor, func(now *invite.Policy) error {
		*now = p
		return nil
	})
}

// EditPolicy is SetPolicy with what edit makes of the policy as it is at that
// moment; see EditProfile.
func (s *Store) EditPolicy(ctx context.Context, actor access.Actor, edit func(*invite.Policy) error) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		before, err := findPolicy(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		p := before
		p.SMS = p.SMS && s.sms
		p.FaceID = p.FaceID && s.faceKeys != nil
		if err := edit(&p); err != nil {
			return err
		}
		if err := cleanPolicy(&p); err != nil {
			return err
		}
		if !s.sms {
			p.SMS = before.SMS
		}
		if s.faceKeys == nil {
			p.FaceID = before.FaceID
		}
		if before.FaceID && !p.FaceID {
			if _, err := t.endFaceIDs(ctx, actor, faceid.Switched, `state IN ('requested', 'given', 'expired')`); err != nil {
				return err
			}
		}
		if err := t.savePolicy(ctx, actor.Org, p); err != nil {
			return err
		}
		return t.audit(ctx, actor, "set-policy", string(actor.Org))
	})
}

func cleanPolicy(p *invite.Policy) error {
	for field, life := range map[string]time.Duration{"life": p.Life, "handout_life": p.HandoutLife} {
		if life < time.Hour || life > 90*24*time.Hour {
			return access.Invalid{Field: field, Problem: access.OutOfRange}
		}
	}
	return require("region", &p.Region, 2)
}

// savePolicy keeps a policy. From when it says that integrations invite, their
// tokens do; each can be told otherwise afterwards.
func (t *tx) savePolicy(ctx context.Context, org attendance.OrgID, p invite.Policy) error {
	before, err := findPolicy(ctx, t, org)
	if err != nil {
		return err
	}
	if p.InviteProvisioned && !before.InviteProvisioned {
		if err := t.tickProvisioning(ctx, org); err != nil {
			return err
		}
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO policies (org, policy) VALUES (?, ?) ON CONFLICT (org) DO UPDATE SET policy = excluded.policy`, org, string(text))
	if err != nil {
		return fmt.Errorf("keep policy: %w", err)
	}
	if p.EmailOnly == before.EmailOnly && p.SMS == before.SMS {
		return nil
	}
	return t.tellReach(ctx, org)
}

func findPolicy(ctx context.Context, q querier, org attendance.OrgID) (invite.Policy, error) {
	p := invite.DefaultPolicy
	var text string
	err := q.QueryRowContext(ctx, `SELECT policy FROM policies WHERE org = ?`, org).Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return p, nil
	case err != nil:
		return p, fmt.Errorf("read policy: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}
