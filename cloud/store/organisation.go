package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Licensed is an organisation as whoever runs the cloud sees it.
type Licensed struct {
	attendance.Organisation
	Licence invite.Licence
	Given   bool // somebody gave it a licence; otherwise it may do everything
	Taken   int  // seats
}

// Licences returns every organisation with its licence, by name. It is for whoever
// runs the cloud, and takes no actor.
func (s *Store) Licences(ctx context.Context) ([]Licensed, error) {
	all, err := collect(ctx, s.read, func(r *sql.Rows, l *Licensed) error {
		var expires int64
		err := r.Scan(&l.ID, &l.Name, &l.Given, &l.Licence.Type, &l.Licence.Seats, &expires, &l.Taken)
		l.Licence.Expires = fromMicros(expires)
		return err
	}, `SELECT o.id, o.name, l.org IS NOT NULL, COALESCE(l.kind, ?), COALESCE(l.seats, 0), COALESCE(l.expires_at, 0),
		(SELECT count(*) FROM profiles p WHERE p.org = o.id AND p.membership IN ('accepted', 'invited') AND p.removed_at = 0)
		FROM orgs o LEFT JOIN licences l ON l.org = o.id ORDER BY o.name, o.id`, unlimited.Type)
	if err != nil {
		return nil, fmt.Errorf("read licences: %w", err)
	}
	return all, nil
}

// AddOrganisation makes another organisation and its first administrator, who has
// no password yet: the secret is that of the link by which they choose one, good
// once and for seven days. It is for whoever runs the cloud, and takes no actor.
func (s *Store) AddOrganisation(ctx context.Context, name string, admin access.User) (access.User, string, error) {
	return s.addOrganisation(ctx, name, admin, func(_ *tx, org attendance.OrgID) (access.Actor, error) { return access.Actor{Org: org}, nil })
}

// addOrganisation makes one. founded is called in the same transaction, and tells
// who it was.
func (s *Store) addOrganisation(ctx context.Context, name string, admin access.User, founded func(t *tx, org attendance.OrgID) (access.Actor, error)) (access.User, string, error) {
	u := access.User{ID: attendance.NewID[access.UserID](), Org: attendance.NewID[attendance.OrgID](), Email: admin.Email, Name: admin.Name, Role: access.OrgAdmin, Language: admin.Language}
	if err := first(require("organisation", &name, maxName), cleanUser(&u)); err != nil {
		return access.User{}, "", err
	}
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		if err := t.insertOrganisation(ctx, attendance.Organisation{ID: u.Org, Name: name}); err != nil {
			return err
		}
		if err := t.addUser(ctx, u, ""); err != nil {
			return err
		}
		if err := t.addPasswordLink(ctx, u, hash); err != nil {
			return err
		}
		actor, err := founded(t, u.Org)
		if err != nil {
			return err
		}
		return t.audit(ctx, actor, "add-organisation", string(u.Org))
	})
	if err != nil {
		return access.User{}, "", err
	}
	return u, secret, nil
}

// Alone tells whether the cloud has no more than one organisation.
func (s *Store) Alone(ctx context.Context) (bool, error) {
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM orgs`).Scan(&n); err != nil {
		return false, fmt.Errorf("count organisations: %w", err)
	}
	return n <= 1, nil
}
