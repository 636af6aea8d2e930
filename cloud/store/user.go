package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// User returns an account by its id. It takes no actor: it is how a session or a
// token becomes one.
func (s *Store) User(ctx context.Context, id access.UserID) (access.User, error) {
	u, err := findUser(ctx, s.read, `id = ?`, id)
	if err == nil {
		err = here(ctx, s.read, u.Org)
	}
	if err != nil {
		return access.User{}, err
	}
	return u, nil
}

func findUser(ctx context.Context, q querier, condition string, args ...any) (access.User, error) {
	users, err := findUsers(ctx, q, ` WHERE `+condition, args...)
	if err != nil {
		return access.User{}, err
	}
	if len(users) != 1 {
		return access.User{}, access.ErrNotFound
	}
	return users[0], nil
}

// findUsers reads accounts with their sites. The condition is constant text.
func findUsers(ctx context.Context, q querier, condition string, args ...any) ([]access.User, error) {
	users, err := collect(ctx, q, func(r *sql.Rows, u *access.User) error {
		var set int64
		err := r.Scan(&u.ID, &u.Org, &u.Email, &u.Name, &u.Role, &u.Language, &u.Disabled, &set, &u.Number)
		u.PasswordSet = fromMicros(set)
		return err
	}, `SELECT id, org, email, name, role, language, disabled, password_at,
		COALESCE((SELECT p.number FROM profiles p WHERE p.id = users.profile AND p.org = users.org AND p.removed_at = 0), '') FROM users`+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	for i := range users {
		users[i].Sites, err = collect(ctx, q, scanOne[attendance.SiteID], `SELECT site FROM user_sites WHERE user_id = ? ORDER BY site`, users[i].ID)
		if err != nil {
			return nil, fmt.Errorf("read the sites of a user: %w", err)
		}
	}
	return users, nil
}

// Users returns the organisation's accounts, by address.
func (s *Store) Users(ctx context.Context, actor access.Actor) ([]access.User, error) {
	if err := actor.Require(access.ManageUsers); err != nil {
		return nil, err
	}
	var users []access.User
	err := s.view(ctx, func(q querier) (err error) {
		w := inOrg("org", actor)
		users, err = findUsers(ctx, q, w.sql+` ORDER BY email`, w.args...)
		return err
	})
	return users, err
}

// cleanUser brings an account's fields into the form they are kept in.
func cleanUser(u *access.User) error {
	if err := cleanEmail(&u.Email); err != nil {
		return err
	}
	if err := require("name", &u.Name, maxName); err != nil {
		return err
	}
	if err := cleanLanguage(&u.Language); err != nil {
		return err
	}
	role, ok := access.ParseRole(string(u.Role))
	if !ok {
		return access.Invalid{Field: "role", Problem: access.Unknown}
	}
	if role == access.OrgAdmin {
		u.Sites = nil // not confined to any
		return nil
	}
	if len(u.Sites) == 0 {
		return access.Invalid{Field: "sites", Problem: access.Required}
	}
	var err error
	u.Sites, err = cleanSites(u.Sites)
	return err
}

// AddUser adds an account to the actor's organisation and returns the secret of
// the link by which its owner chooses a password, good once and for seven days.
func (s *Store) AddUser(ctx context.Context, actor access.Actor, u access.User) (access.User, string, error) {
	if err := actor.Require(access.ManageUsers); err != nil {
		return access.User{}, "", err
	}
	if err := cleanUser(&u); err != nil {
		return access.User{}, "", err
	}
	u.ID, u.Org = attendance.NewID[access.UserID](), actor.Org
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		if err := checkSites(ctx, t, actor, u.Sites); err != nil {
			return err
		}
		if err := t.addUser(ctx, u, ""); err != nil {
			return err
		}
		if err := t.addPasswordLink(ctx, u, hash); err != nil {
			return err
		}
		if err := t.setUserPerson(ctx, actor, u); err != nil {
			return err
		}
		return t.audit(ctx, actor, "add-user", string(u.ID))
	})
	if err != nil {
		return access.User{}, "", err
	}
	u, err = s.User(ctx, u.ID)
	return u, secret, err
}

func (t *tx) addUser(ctx context.Context, u access.User, hash string) error {
	var set int64
	if hash != "" {
		set = micros(t.now)
	}
	_, err := t.ExecContext(ctx, `INSERT INTO users (id, org, email, name, role, password, password_at, language, disabled, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, u.ID, u.Org, u.Email, u.Name, u.Role, hash, set, u.Language, u.Disabled, micros(t.now))
	if err != nil {
		return taken(err, "email", "add user")
	}
	return t.setUserSites(ctx, u)
}

func (t *tx) setUserSites(ctx context.Context, u access.User) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM user_sites WHERE user_id = ?`, u.ID); err != nil {
		return fmt.Errorf("set the sites of a user: %w", err)
	}
	_, err := t.ExecContext(ctx, `INSERT INTO user_sites (user_id, site) SELECT ?, value FROM json_each(?)`, u.ID, list(u.Sites))
	if err != nil {
		return fmt.Errorf("set the sites of a user: %w", err)
	}
	return nil
}

// ChangeUser replaces what is known of an account, its password apart. The last
// administrator can be neither disabled nor given a lesser role.
func (s *Store) ChangeUser(ctx context.Context, actor access.Actor, u access.User) error {
	if err := actor.Require(access.ManageUsers); err != nil {
		return err
	}
	if err := cleanUser(&u); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		old, err := findUser(ctx, t, `id = ? AND org = ?`, u.ID, actor.Org)
		if err != nil {
			return err
		}
		if err := checkSites(ctx, t, actor, u.Sites); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE users SET email = ?, name = ?, role = ?, language = ?, disabled = ? WHERE id = ? AND org = ?`,
			u.Email, u.Name, u.Role, u.Language, u.Disabled, u.ID, actor.Org)
		if err != nil {
			return taken(err, "email", "change user")
		}
		if err := t.setUserSites(ctx, u); err != nil {
			return err
		}
		if err := t.setUserPerson(ctx, actor, u); err != nil {
			return err
		}
		if old.Role == access.OrgAdmin && !old.Disabled {
			if err := t.checkAdminLeft(ctx, actor); err != nil {
				return err
			}
		}
		if old.Email != u.Email || u.Disabled && !old.Disabled {
			if err := t.endPasswordLinks(ctx, u.ID); err != nil { // they went to the old address
				return err
			}
		}
		return t.audit(ctx, actor, "change-user", string(u.ID))
	})
}

func (t *tx) checkAdminLeft(ctx context.Context, actor access.Actor) error {
	var left bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE org = ? AND role = ? AND NOT disabled)`, actor.Org, access.OrgAdmin).Scan(&left)
	if err != nil {
		return fmt.Errorf("look for an administrator: %w", err)
	}
	if !left {
		return access.Invalid{Field: "role", Problem: access.LastAdmin}
	}
	return nil
}

// taken turns a collision into the answer that belongs at the field, and says of
// any other error what failed.
func taken(err error, field, what string) error {
	if err = known(err); errors.Is(err, access.ErrConflict) {
		return access.Invalid{Field: field, Problem: access.Taken}
	}
	return fmt.Errorf("%s: %w", what, err)
}
