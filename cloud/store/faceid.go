package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// FaceID returns how a person's face reference stands. Nobody but the person ever
// sees the picture.
func (s *Store) FaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) (faceid.Reference, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return faceid.Reference{}, err
	}
	var ref faceid.Reference
	err := s.view(ctx, func(q querier) error {
		if _, err := findMember(ctx, q, actor, id); err != nil {
			return err
		}
		var err error
		ref, _, err = s.faceID(ctx, q, actor.Org, id)
		return err
	})
	if err != nil {
		return faceid.Reference{}, fmt.Errorf("face reference: %w", err)
	}
	return ref, nil
}

// faceID reads how a face reference stands, and how its person does.
func (s *Store) faceID(ctx context.Context, q querier, org attendance.OrgID, id attendance.ProfileID) (faceid.Reference, invite.State, error) {
	ref, st := faceid.Reference{State: faceid.None}, invite.State{}
	var since, requested, mailed, agreed, active int64
	var state string
	err := q.QueryRowContext(ctx, `SELECT COALESCE(f.state, ''), COALESCE(f.since, 0), COALESCE(f.requested_at, 0), COALESCE(f.mailed_at, 0), COALESCE(f.consent, ''),
		COALESCE(f.language, ''), COALESCE(f.agreed_at, 0), p.account, p.delivery, p.membership, p.active_at
		FROM profiles p LEFT JOIN face_ids f ON f.profile = p.id AND f.org = p.org WHERE p.id = ? AND p.org = ? AND p.removed_at = 0`, id, org).
		Scan(&state, &since, &requested, &mailed, &ref.Consent.Version, &ref.Consent.Language, &agreed, &st.Account, &st.Delivery, &st.Membership, &active)
	if err != nil {
		return ref, st, known(err)
	}
	if state != "" {
		ref.State = faceid.State(state)
	}
	ref.Since, ref.Requested, ref.Mailed, ref.Agreed = fromMicros(since), fromMicros(requested), fromMicros(mailed), fromMicros(agreed)
	if ref.State == faceid.Requested && st.Account == invite.Active {
		ref.Expires = fromMicros(max(requested, active)).Add(faceid.Life)
	}
	ref.Reachable = st.Account != invite.Deactivated && !st.Membership.Limited()
	policy, err := s.policy(ctx, q, org)
	ref.Allowed = policy.FaceID
	return ref, st, err
}

// RequestFaceID asks a person for a face reference. They find it on the first page
// of the portal, once they are there; a mail goes only to somebody whose account is
// active, at most one in 24 hours. It is faceid.ErrOff, faceid.ErrUnreachable,
// *faceid.NotNow or *faceid.TooSoon where nobody can be asked.
func (s *Store) RequestFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	err := s.change(ctx, func(t *tx) error {
		m, err := findMember(ctx, t, actor, id)
		if err != nil {
			return err
		}
		ref, st, err := s.faceID(ctx, t, actor.Org, id)
		if err != nil {
			return err
		}
		if err := ref.Ask(t.now); err != nil {
			return err
		}
		if ref.State, err = faceid.Next(ref.State, faceid.Request); err != nil {
			return err
		}
		ref.Since, ref.Requested = t.now, t.now
		if ref.Mailed.IsZero() || !t.now.Before(ref.Mailed.Add(faceid.MailPause)) {
			if ref.Mailed, err = t.mailFaceID(ctx, actor.Org, m, st, ref.Mailed); err != nil {
				return err
			}
		}
		if err := t.saveFaceID(ctx, actor.Org, id, ref); err != nil {
			return err
		}
		return t.audit(ctx, actor, "request-face-id", string(id))
	})
	if err != nil {
		return fmt.Errorf("request a face reference: %w", err)
	}
	return nil
}

// ResetFaceID takes a request back, or has the picture destroyed that was given.
// Nothing to reset is *faceid.NotNow.
func (s *Store) ResetFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	err := s.change(ctx, func(t *tx) error {
		if _, err := findMember(ctx, t, actor, id); err != nil {
			return err
		}
		ref, _, err := s.faceID(ctx, t, actor.Org, id)
		if err != nil {
			return err
		}
		if err := t.moveFaceID(ctx, actor, id, &ref, faceid.Reset, faceid.ByReset); err != nil {
			return err
		}
		return t.audit(ctx, actor, "reset-face-id", string(id))
	})
	if err != nil {
		return fmt.Errorf("reset a face reference: %w", err)
	}
	return nil
}

// moveFaceID has an event happen that doesn't give a picture. Where it leaves the
// state in which one is kept, key and picture are destroyed with it.
func (t *tx) moveFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID, ref *faceid.Reference, e faceid.Event, cause faceid.Cause) error {
	next, err := faceid.Next(ref.State, e)
	if err != nil {
		return err
	}
	before := ref.State
	if next == before {
		return nil
	}
	ref.State, ref.Since = next, t.now
	if before == faceid.Requested {
		unsent, err := t.unmailFaceID(ctx, actor.Org, id)
		if err != nil {
			return err
		}
		if unsent {
			ref.Mailed = time.Time{}
		}
	}
	if before.Keeps() && !next.Keeps() {
		if _, err := t.purgeFaces(ctx, actor, cause, `profile = ?`, id); err != nil {
			return err
		}
	}
	return t.saveFaceID(ctx, actor.Org, id, *ref)
}

func (t *tx) saveFaceID(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, r faceid.Reference) error {
	_, err := t.ExecContext(ctx, `INSERT INTO face_ids (profile, org, state, since, requested_at, mailed_at, consent, language, agreed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET state = excluded.state, since = excluded.since, requested_at = excluded.requested_at, mailed_at = excluded.mailed_at,
		consent = excluded.consent, language = excluded.language, agreed_at = excluded.agreed_at`,
		id, org, r.State, micros(r.Since), micros(r.Requested), micros(r.Mailed), r.Consent.Version, r.Consent.Language, micros(r.Agreed))
	if err != nil {
		return fmt.Errorf("keep how a face reference stands: %w", err)
	}
	return nil
}

// mailFaceID has a mail told about a request, if the person's account is active and
// they have an address that nothing is wrong with. It returns when the latest mail
// was asked for.
func (t *tx) mailFaceID(ctx context.Context, org attendance.OrgID, m attendance.Member, st invite.State, before time.Time) (time.Time, error) {
	if st.Account != invite.Active || !st.SignsIn() {
		return before, nil
	}
	var to, language string
	err := t.QueryRowContext(ctx, `SELECT p.email, COALESCE(NULLIF(p.language, ''), (SELECT s.language FROM profile_sites x JOIN sites s ON s.id = x.site WHERE x.profile = p.id ORDER BY s.name, s.id LIMIT 1), '')
		FROM profiles p WHERE p.id = ? AND p.org = ? AND p.email != '' AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.org = p.org AND b.address = p.email)`,
		m.Profile.ID, org).Scan(&to, &language)
	if errors.Is(err, sql.ErrNoRows) {
		return before, nil
	}
	if err != nil {
		return before, fmt.Errorf("mail about a face reference: %w", err)
	}
	n := invite.Notice{Kind: invite.FaceNotice, Org: org, Subject: string(m.Profile.ID), To: to, Language: language}
	if err := t.keepNotice(ctx, n, 0, t.now.Add(t.hold)); err != nil {
		return before, err
	}
	return t.now, nil
}

// unmailFaceID takes a mail back that has not left; unsent tells that nobody tried
// to send it yet.
func (t *tx) unmailFaceID(ctx context.Context, org attendance.OrgID, id attendance.ProfileID) (unsent bool, err error) {
	r, err := t.ExecContext(ctx, `DELETE FROM notices WHERE org = ? AND kind = ? AND subject = ? AND attempts = 0`, org, invite.FaceNotice, id)
	if err != nil {
		return false, fmt.Errorf("take a mail back: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return false, err
	}
	return n > 0, t.dropNotice(ctx, org, invite.FaceNotice, string(id))
}

// stillAsked tells whether a mail about a request is of use yet: the request is
// open, and the person would find it in the portal.
func (t *tx) stillAsked(ctx context.Context, n invite.Notice) (good bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM face_ids f JOIN profiles p ON p.id = f.profile AND p.org = f.org WHERE f.profile = ? AND f.org = ?
		AND f.state = 'requested' AND p.account = 'active' AND p.membership NOT IN ('invited', 'rejected') AND p.removed_at = 0 AND p.email = ?
		AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.org = p.org AND b.address = p.email))`, n.Subject, n.Org, n.To).Scan(&good)
	if err != nil {
		return false, fmt.Errorf("look whether a mail is of use: %w", err)
	}
	return good, nil
}

// KeepsFaces tells whether the cloud has keys for face pictures: without them no
// organisation can switch Face ID on.
func (s *Store) KeepsFaces() bool { return s.faceKeys != nil }

// CountFaces returns how many pictures the organisation keeps.
func (s *Store) CountFaces(ctx context.Context, actor access.Actor) (n int, err error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return 0, err
	}
	w := inOrg("org", actor)
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM face_pictures`+w.sql, w.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count face pictures: %w", err)
	}
	return n, nil
}
