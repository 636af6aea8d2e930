package store

import (
	"context"
	"crypto/sha256"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
	"muster/invite"
)

// A face reference is larger than a portrait: whoever compares faces looks for eyes
// and mouth in it.
const (
	faceSize  = 480 // pixels each way
	faceGrade = 90  // JPEG quality
)

// OwnFaceID returns how a person's own face reference stands.
func (s *Store) OwnFaceID(ctx context.Context, self invite.Self) (faceid.Reference, error) {
	var ref faceid.Reference
	err := s.view(ctx, func(q querier) (err error) {
		ref, _, err = s.faceID(ctx, q, self.Org, self.Profile)
		return err
	})
	if err != nil {
		return faceid.Reference{}, fmt.Errorf("own face reference: %w", err)
	}
	return ref, nil
}

// ownFaceID is OwnFaceID for somebody who may answer.
func (s *Store) ownFaceID(ctx context.Context, q querier, self invite.Self) (faceid.Reference, error) {
	ref, st, err := s.faceID(ctx, q, self.Org, self.Profile)
	if err == nil && (st.Account != invite.Active || !st.SignsIn()) {
		err = access.ErrForbidden
	}
	return ref, err
}

// canGive tells why no picture is taken now.
func canGive(ref faceid.Reference) error {
	if _, err := faceid.Next(ref.State, faceid.Give); err != nil {
		return err
	}
	if !ref.Allowed {
		return faceid.ErrOff
	}
	return nil
}

// GiveFaceID keeps a person's picture, encrypted, with what they agreed to. One that
// was given before is destroyed. Without consent to the present text it is Invalid:
// consent.
func (s *Store) GiveFaceID(ctx context.Context, self invite.Self, c faceid.Consent, image []byte) error {
	if c.Version != faceid.ConsentVersion {
		return access.Invalid{Field: "consent", Problem: access.Required}
	}
	if err := cleanLanguage(&c.Language); err != nil {
		return err
	}
	// Somebody who can't give one doesn't get to burn our time.
	ref, err := s.ownFaceID(ctx, s.read, self)
	if err == nil {
		err = canGive(ref)
	}
	if err != nil {
		return fmt.Errorf("give a face reference: %w", err)
	}
	jpeg, err := s.portraits.square(ctx, image, faceSize, faceGrade)
	if err != nil {
		return err
	}
	defer clear(jpeg)
	err = s.change(ctx, func(t *tx) error {
		ref, err := s.ownFaceID(ctx, t, self)
		if err == nil {
			err = canGive(ref)
		}
		if err != nil {
			return err
		}
		actor := access.Actor{Org: self.Org}
		if ref.State.Keeps() {
			if _, err := t.purgeFaces(ctx, actor, faceid.Replaced, `profile = ?`, self.Profile); err != nil {
				return err
			}
		}
		if _, err := t.unmailFaceID(ctx, self.Org, self.Profile); err != nil {
			return err
		}
		ref.State, ref.Since, ref.Agreed, ref.Consent = faceid.Given, t.now, t.now, c
		if err := t.saveFaceID(ctx, self.Org, self.Profile, ref); err != nil {
			return err
		}
		if err := t.keepFace(ctx, s.faceKeys, self, jpeg); err != nil {
			return err
		}
		return t.audit(ctx, actor, "give-face-id", string(self.Profile))
	})
	if err != nil {
		return fmt.Errorf("give a face reference: %w", err)
	}
	return nil
}

func (t *tx) keepFace(ctx context.Context, keys *FaceKeys, self invite.Self, jpeg []byte) error {
	p := facePicture{org: self.Org, profile: self.Profile}
	if err := keys.seal(&p, jpeg); err != nil {
		return fmt.Errorf("encrypt a picture: %w", err)
	}
	digest := sha256.Sum256(p.sealed)
	_, err := t.ExecContext(ctx, `INSERT INTO face_pictures (id, org, profile, key_name, wrapped, sealed, digest, given_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.id, p.org, p.profile, p.key, p.wrapped, p.sealed, digest[:], micros(t.now))
	if err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	return nil
}

// DeclineFaceID is a person's no to a request. Where nothing is asked it is
// *faceid.NotNow.
func (s *Store) DeclineFaceID(ctx context.Context, self invite.Self) error {
	return s.answerFaceID(ctx, self, faceid.Decline)
}

// WithdrawFaceID takes a person's consent back: key and picture are destroyed in the
// same transaction.
func (s *Store) WithdrawFaceID(ctx context.Context, self invite.Self) error {
	return s.answerFaceID(ctx, self, faceid.Withdraw)
}

func (s *Store) answerFaceID(ctx context.Context, self invite.Self, e faceid.Event) error {
	err := s.change(ctx, func(t *tx) error {
		ref, err := s.ownFaceID(ctx, t, self)
		if err != nil {
			return err
		}
		actor := access.Actor{Org: self.Org}
		if err := t.moveFaceID(ctx, actor, self.Profile, &ref, e, faceid.ByPerson); err != nil {
			return err
		}
		return t.audit(ctx, actor, string(e)+"-face-id", string(self.Profile))
	})
	if err != nil {
		return fmt.Errorf("%s a face reference: %w", e, err)
	}
	return nil
}

// OwnFace returns the JPEG of the picture that a person gave, to the person.
func (s *Store) OwnFace(ctx context.Context, self invite.Self) ([]byte, error) {
	p := facePicture{org: self.Org, profile: self.Profile}
	err := s.read.QueryRowContext(ctx, `SELECT f.id, f.key_name, f.wrapped, f.sealed FROM face_pictures f JOIN profiles p ON p.id = f.profile AND p.org = f.org
		WHERE f.profile = ? AND f.org = ? AND p.removed_at = 0`, self.Profile, self.Org).Scan(&p.id, &p.key, &p.wrapped, &p.sealed)
	if err != nil {
		return nil, fmt.Errorf("own face: %w", known(err))
	}
	jpeg, err := s.faceKeys.open(p)
	if err != nil {
		return nil, fmt.Errorf("own face: %w", err)
	}
	return jpeg, nil
}

// endFaceID is for somebody who can't sign in any more: they could withdraw nothing.
// A request stays where they may still get there.
func (t *tx) endFaceID(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, s invite.State) error {
	if s.SignsIn() {
		return nil
	}
	gone := s.Account == invite.Deactivated || s.Membership.Limited()
	_, err := t.endFaceIDs(ctx, access.Actor{Org: org}, faceid.Left, `profile = ? AND (state = 'given' OR ?)`, id, gone)
	return err
}
