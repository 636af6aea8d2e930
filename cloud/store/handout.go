package store

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// codeCost is what hashing an access code costs: OWASP's minimum for argon2id. A
// code is drawn, not thought up, and whole sheets of them are made at once.
var codeCost = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HandOut makes an access code for a person, to be given by hand. An earlier code
// or link is good no more. Only a verifier is kept: this is the only time that
// anybody sees the code.
func (s *Store) HandOut(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return invite.AccessCode{}, err
	}
	code := invite.NewCode()
	hash, err := s.codes.hash(ctx, code)
	if err != nil {
		return invite.AccessCode{}, err
	}
	h := invite.AccessCode{Code: invite.FormatCode(code)}
	err = s.change(ctx, func(t *tx) error {
		m, err := findMember(ctx, t, actor, id)
		if err != nil {
			return err
		}
		policy, err := findPolicy(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		h.Person, h.Sites, h.Expires = m.Profile, m.Sites, t.now.Add(policy.HandoutLife)
		return t.handOut(ctx, actor, h, hash)
	})
	if err != nil {
		return invite.AccessCode{}, fmt.Errorf("hand out: %w", err)
	}
	return h, nil
}

func (t *tx) handOut(ctx context.Context, actor access.Actor, h invite.AccessCode, hash string) error {
	before, _, err := t.state(ctx, actor.Org, h.Person.ID)
	if err != nil {
		return err
	}
	next, err := invite.Next(before, invite.HandOut)
	if err != nil {
		return err
	}
	if err := t.endLinks(ctx, actor.Org, h.Person.ID, invite.Revoked); err != nil {
		return err
	}
	id := attendance.NewID[invite.MessageID]()
	if _, err := t.ExecContext(ctx, `INSERT INTO messages (id, org, profile, event, channel, delivery, created_at, sent_at, delivered_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, actor.Org, h.Person.ID, invite.HandOut, invite.Handout, next.Delivery,
		micros(t.now), micros(t.now), micros(t.now), micros(h.Expires)); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET account = ?, delivery = ?, status = ?, reason = '', detail = '', message = ?, channel = ?, batch = '',
		asked_at = ?, due_at = 0, expires_at = ? WHERE id = ? AND org = ?`,
		next.Account, next.Delivery, next.Status(), id, invite.Handout, micros(t.now), micros(h.Expires), h.Person.ID, actor.Org); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO accounts (profile, org, code, code_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET code = excluded.code, code_until = excluded.code_until`, h.Person.ID, actor.Org, hash, micros(h.Expires)); err != nil {
		return err
	}
	t.newsOfInvitation(actor.Org, h.Person.ID)
	return t.audit(ctx, actor, "hand-out", string(h.Person.ID))
}
