package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// SetPhoto gives a person a photo out of any JPEG or PNG: the square in its
// middle, 256 pixels wide, without whatever else was in the file. nil takes the
// photo away.
func (s *Store) SetPhoto(ctx context.Context, actor access.Actor, id attendance.ProfileID, image []byte) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	// Somebody who may not change this person doesn't get to burn our time.
	if _, err := s.Member(ctx, actor, id); err != nil {
		return err
	}
	photo, jpeg, err := s.portraitOf(ctx, image)
	if err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		m, err := findMember(ctx, t, actor, id)
		if err != nil || m.Profile.Photo == photo {
			return err
		}
		if err := t.setPhoto(ctx, actor.Org, m.Profile, photo, jpeg); err != nil {
			return err
		}
		return t.audit(ctx, actor, "set-photo", string(id))
	})
}

// portraitOf makes a portrait and its id of a picture; both are empty for none.
func (s *Store) portraitOf(ctx context.Context, image []byte) (id string, jpeg []byte, err error) {
	if image == nil {
		return "", nil, nil
	}
	if jpeg, err = s.portraits.make(ctx, image); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(jpeg)
	return hex.EncodeToString(sum[:]), jpeg, nil
}

// setPhoto puts a photo in the place of a person's present one, and tells the
// feeds of all their sites.
func (t *tx) setPhoto(ctx context.Context, org attendance.OrgID, old attendance.Profile, photo string, jpeg []byte) error {
	p := old
	p.Photo = photo
	if photo != "" {
		_, err := t.ExecContext(ctx, `INSERT INTO photos (org, id, jpeg) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, org, photo, jpeg)
		if err != nil {
			return fmt.Errorf("keep photo: %w", err)
		}
	}
	if err := t.saveProfile(ctx, org, p); err != nil {
		return err
	}
	sites, err := t.sitesOf(ctx, p.ID)
	if err != nil {
		return err
	}
	changes, err := t.profileChanges(ctx, p)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if err := t.feedPhoto(ctx, org, site, photo); err != nil {
			return err
		}
		if err := t.feed(ctx, site, profileKey(p.ID), changes[0]); err != nil {
			return err
		}
		if err := t.feedPhotoGone(ctx, site, old.Photo); err != nil {
			return err
		}
	}
	return t.dropPhoto(ctx, org, old.Photo)
}

// dropPhoto deletes a photo that nobody has any more.
func (t *tx) dropPhoto(ctx context.Context, org attendance.OrgID, id string) error {
	_, err := t.ExecContext(ctx, `DELETE FROM photos WHERE org = ? AND id = ?
		AND NOT EXISTS (SELECT 1 FROM profiles WHERE org = photos.org AND photo = photos.id)`, org, id)
	if err != nil {
		return fmt.Errorf("delete photo: %w", err)
	}
	return nil
}

// Photo returns the JPEG of a photo that somebody within the actor's reach has.
func (s *Store) Photo(ctx context.Context, actor access.Actor, id string) ([]byte, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	w := inOrg("p.org", actor).and("p.photo = ?", id).and("p.photo != ''").reachable("p.id", actor)
	var jpeg []byte
	err := s.read.QueryRowContext(ctx, `SELECT f.jpeg FROM profiles p JOIN photos f ON f.org = p.org AND f.id = p.photo`+w.sql+` LIMIT 1`, w.args...).
		Scan(&jpeg)
	if err != nil {
		return nil, fmt.Errorf("read photo: %w", known(err))
	}
	return jpeg, nil
}
