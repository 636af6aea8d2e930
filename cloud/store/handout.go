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
	return s.giveCode(ctx, actor, id, invite.HandOut)
}

// ResetAccess is HandOut for somebody whose account is active already, and who
// can't sign in: the password is good no more, a new one is chosen with the code.
// The account stays active. Anybody else is *invite.NotNow.
func (s *Store) ResetAccess(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error) {
	return s.giveCode(ctx, actor, id, invite.Reset)
}

func (s *Store) giveCode(ctx context.Context, actor access.Actor, id attendance.ProfileID, e invite.Event) (invite.AccessCode, error) {
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
		if h.At, err = orgKey(ctx, t, actor.Org); err != nil {
			return err
		}
		h.Person, h.Sites, h.Expires = m.Profile, m.Sites, t.now.Add(policy.HandoutLife)
		return t.handOut(ctx, actor, h, hash, e)
	})
	if err != nil {
		return invite.AccessCode{}, fmt.Errorf("%s: %w", e, err)
	}
	return h, nil
}

func (t *tx) handOut(ctx context.Context, actor access.Actor, h invite.AccessCode, hash string, e invite.Event) error {
	before, _, err := t.state(ctx, actor.Org, h.Person.ID)
	if err != nil {
		return err
	}
	next, err := invite.Next(before, e)
	if err != nil {
		return err
	}
	if e == invite.HandOut && !before.Seated() {
		return &invite.NotNow{State: before, Event: e}
	}
	if err := t.endLinks(ctx, actor.Org, h.Person.ID, invite.Revoked); err != nil {
		return err
	}
	id := attendance.NewID[invite.MessageID]()
	if _, err := t.ExecContext(ctx, `INSERT INTO messages (id, org, profile, event, channel, delivery, created_at, sent_at, delivered_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, id, actor.Org, h.Person.ID, e, invite.Handout, invite.Delivered,
		micros(t.now), micros(t.now), micros(t.now), micros(h.Expires)); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE profiles SET account = ?, delivery = ?, status = ?, reason = '', detail = '', message = ?, channel = ?, batch = '',
		asked_at = ?, due_at = 0, expires_at = ? WHERE id = ? AND org = ?`,
		next.Account, next.Delivery, next.Status(), id, invite.Handout, micros(t.now), micros(h.Expires), h.Person.ID, actor.Org); err != nil {
		return err
	}
	if err := t.endPassword(ctx, invite.Self{Org: actor.Org, Profile: h.Person.ID}); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO accounts (profile, org, code, code_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET code = excluded.code, code_until = excluded.code_until`, h.Person.ID, actor.Org, hash, micros(h.Expires)); err != nil {
		return err
	}
	t.newsOfInvitation(actor.Org, h.Person.ID)
	return t.audit(ctx, actor, string(e), string(h.Person.ID))
}
