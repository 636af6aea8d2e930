package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/attendance/faceid"
)

// purgeFaces destroys the pictures of the actor's organisation that fit a condition:
// the key of each and what it opens. What is left says that it happened, and when;
// the audit log alone says whose it was.
func (t *tx) purgeFaces(ctx context.Context, actor access.Actor, cause faceid.Cause, condition string, args ...any) (int, error) {
	o := actor.Origin
	where := ` FROM face_pictures WHERE org = ? AND ` + condition
	of := append([]any{actor.Org}, args...)
	if _, err := t.ExecContext(ctx, `INSERT INTO audit (org, user_id, action, subject, at, via, address, token, person)
		SELECT org, ?, 'purge-face-id', profile || '/' || id, ?, ?, ?, ?, profile`+where,
		append([]any{actor.User, micros(t.now), o.Via, o.Address, o.Token}, of...)...); err != nil {
		return 0, fmt.Errorf("audit a purge: %w", err)
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO face_purges (id, org, cause, digest, given_at, purged_at) SELECT id, org, ?, digest, given_at, ?`+where,
		append([]any{cause, micros(t.now)}, of...)...); err != nil {
		return 0, fmt.Errorf("note a purge: %w", err)
	}
	r, err := t.ExecContext(ctx, `DELETE`+where, of...)
	if err != nil {
		return 0, fmt.Errorf("destroy a picture: %w", err)
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// endFaceIDs has faceid.End happen to those of the actor's organisation that fit a
// condition on face_ids.
func (t *tx) endFaceIDs(ctx context.Context, actor access.Actor, cause faceid.Cause, condition string, args ...any) (purged int, err error) {
	ids, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT profile FROM face_ids WHERE org = ? AND `+condition+` ORDER BY profile`, append([]any{actor.Org}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("look for face references: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	if purged, err = t.purgeFaces(ctx, actor, cause, `profile IN (SELECT value FROM json_each(?))`, list(ids)); err != nil {
		return 0, err
	}
	for _, from := range faceid.States {
		to, err := faceid.Next(from, faceid.End)
		if err != nil || to == from {
			continue
		}
		if _, err := t.ExecContext(ctx, `UPDATE face_ids SET state = ?, since = ? WHERE org = ? AND state = ? AND profile IN (SELECT value FROM json_each(?))`,
			to, micros(t.now), actor.Org, from, list(ids)); err != nil {
			return 0, fmt.Errorf("end face references: %w", err)
		}
	}
	return purged, nil
}

// forgetFaceID destroys a picture and forgets that there was ever a request: the
// person is removed.
func (t *tx) forgetFaceID(ctx context.Context, actor access.Actor, id attendance.ProfileID) error {
	if _, err := t.purgeFaces(ctx, actor, faceid.Left, `profile = ?`, id); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM face_ids WHERE profile = ? AND org = ?`, id, actor.Org); err != nil {
		return fmt.Errorf("forget a face reference: %w", err)
	}
	return nil
}

// restoredFaces destroys every picture: a backup can't know who has withdrawn since.
// Whoever gave one is asked for nothing by it.
func (t *tx) restoredFaces(ctx context.Context) error {
	orgs, err := collect(ctx, t, scanOne[attendance.OrgID], `SELECT id FROM orgs ORDER BY id`)
	if err != nil {
		return fmt.Errorf("destroy pictures: %w", err)
	}
	for _, org := range orgs {
		if _, err := t.endFaceIDs(ctx, access.Actor{Org: org}, faceid.Restored, `state = 'given'`); err != nil {
			return err
		}
	}
	return nil
}

// faceSweepMost is how many requests end at once.
const faceSweepMost = 200

// SweepFaceIDs ends requests that nobody answered in time, and destroys what is left
// of people who can't sign in any more, should there be any. It returns how many it
// were.
func (s *Store) SweepFaceIDs(ctx context.Context) (expired, purged int, err error) {
	err = s.change(ctx, func(t *tx) error {
		expired, purged = 0, 0
		over, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT f.profile FROM face_ids f JOIN profiles p ON p.id = f.profile
			WHERE f.state = 'requested' AND f.requested_at <= ? AND p.account = 'active' AND p.active_at <= ? ORDER BY f.requested_at LIMIT ?`,
			micros(t.now.Add(-faceid.Life)), micros(t.now.Add(-faceid.Life)), faceSweepMost)
		if err != nil {
			return err
		}
		for _, id := range over {
			if _, err := t.ExecContext(ctx, `UPDATE face_ids SET state = ?, since = ? WHERE profile = ? AND state = 'requested'`, faceid.Expired, micros(t.now), id); err != nil {
				return err
			}
		}
		orgs, err := collect(ctx, t, scanOne[attendance.OrgID], `SELECT DISTINCT f.org FROM face_pictures f JOIN profiles p ON p.id = f.profile WHERE `+cannotSignIn+` ORDER BY f.org`)
		if err != nil {
			return err
		}
		for _, org := range orgs {
			n, err := t.endFaceIDs(ctx, access.Actor{Org: org}, faceid.Left, `state = 'given' AND profile IN (SELECT p.id FROM profiles p WHERE `+cannotSignIn+`)`)
			if err != nil {
				return err
			}
			purged += n
		}
		expired = len(over)
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("sweep face references: %w", err)
	}
	return expired, purged, nil
}

// cannotSignIn is the opposite of invite.State.SignsIn, of a person p.
const cannotSignIn = `(p.account NOT IN ('claiming', 'active') OR p.membership IN ('invited', 'rejected') OR p.removed_at != 0)`

// wiper is a database that can clear what its files keep of rows that were deleted.
// It may not be able to at the moment.
type wiper interface {
	Wipe(ctx context.Context, table string) (done bool, err error)
}

// WipeFaces clears what the database's files keep of pictures that were destroyed,
// if there are any such, and notes that in the records of the purges. What could not
// be cleared now is cleared the next time.
func (s *Store) WipeFaces(ctx context.Context) error {
	waiting, err := collect(ctx, s.read, scanOne[string], `SELECT id FROM face_purges WHERE wiped_at = 0 ORDER BY id LIMIT 10000`)
	if err != nil {
		return fmt.Errorf("look for purges: %w", err)
	}
	w, able := s.write.Dialect.(wiper)
	if len(waiting) == 0 || !able {
		return nil
	}
	done, err := w.Wipe(ctx, "face_pictures")
	if err != nil {
		return fmt.Errorf("wipe what is left of pictures: %w", s.write.explain(err))
	}
	if !done {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE face_purges SET wiped_at = ? WHERE id IN (SELECT value FROM json_each(?))`, micros(s.now()), list(waiting)); err != nil {
		return fmt.Errorf("note what was wiped: %w", err)
	}
	return nil
}

// FacePurges returns the records of an organisation's purges since a moment, the
// oldest first.
func (s *Store) FacePurges(ctx context.Context, org attendance.OrgID, since time.Time) ([]faceid.Purge, error) {
	all, err := collect(ctx, s.read, scanPurge, `SELECT id, org, cause, given_at, purged_at, wiped_at, digest FROM face_purges WHERE org = ? AND purged_at >= ? ORDER BY purged_at, id`,
		org, micros(since))
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	return all, nil
}

func scanPurge(r *sql.Rows, p *faceid.Purge) error {
	var given, purged, wiped int64
	err := r.Scan(&p.ID, &p.Org, &p.Cause, &given, &purged, &wiped, &p.Digest)
	p.Given, p.Purged, p.Wiped = fromMicros(given), fromMicros(purged), fromMicros(wiped)
	return err
}

// FaceCount is how many face pictures there are and were.
type FaceCount struct {
	Kept      int `json:"kept"`
	Destroyed int `json:"destroyed"`
	Unwiped   int `json:"unwiped"` // of these: the database's files may have them still
	There     int `json:"there"`   // of these: they are there all the same
}

// String is a line for people.
func (c FaceCount) String() string {
	line := fmt.Sprintf("face pictures: %d kept, %d destroyed", c.Kept, c.Destroyed)
	if c.Destroyed > 0 && c.There == 0 {
		line += ", none of those is there"
	}
	if c.Unwiped > 0 {
		line += fmt.Sprintf("; %d not yet cleared out of the database's files", c.Unwiped)
	}
	return line
}

// VerifyFaces counts the pictures, and looks whether one is there that was destroyed.
func (s *Store) VerifyFaces(ctx context.Context) (FaceCount, error) {
	var c FaceCount
	err := s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM face_pictures), (SELECT count(*) FROM face_purges), (SELECT count(*) FROM face_purges WHERE wiped_at = 0),
		(SELECT count(*) FROM face_purges g JOIN face_pictures f ON f.id = g.id)`).Scan(&c.Kept, &c.Destroyed, &c.Unwiped, &c.There)
	if err != nil {
		return FaceCount{}, fmt.Errorf("count face pictures: %w", err)
	}
	return c, nil
}
