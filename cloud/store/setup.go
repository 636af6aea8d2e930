package store

import (
	"context"
	"fmt"

	"muster/access"
	"muster/attendance"
)

// FirstStart tells whether there is no organisation yet.
func (s *Store) FirstStart(ctx context.Context) (bool, error) { return firstStart(ctx, s.read) }

func firstStart(ctx context.Context, q querier) (bool, error) {
	var yes bool
	if err := q.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM orgs)`).Scan(&yes); err != nil {
		return false, fmt.Errorf("look for an organisation: %w", err)
	}
	return yes, nil
}

// IssueSetup returns a new secret for setting up the first organisation. It is
// good once, for 24 hours; one issued earlier is no longer good. Once there is an
// organisation the answer is ErrConflict.
func (s *Store) IssueSetup(ctx context.Context) (string, error) { return s.issueSetup(ctx, true) }

// IssueSetupBeside is IssueSetup for one of several replicas: what another has
// issued stays good, until one of them is used.
func (s *Store) IssueSetupBeside(ctx context.Context) (string, error) {
	return s.issueSetup(ctx, false)
}

func (s *Store) issueSetup(ctx context.Context, alone bool) (string, error) {
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		if fresh, err := firstStart(ctx, t); err != nil {
			return err
		} else if !fresh {
			return fmt.Errorf("set up: %w", access.ErrConflict)
		}
		if alone {
			_, err := t.ExecContext(ctx, `UPDATE tokens SET expires_at = ? WHERE purpose = ? AND used_at = 0 AND expires_at > ?`, micros(t.now), forSetup, micros(t.now))
			if err != nil {
				return fmt.Errorf("end earlier set-up secrets: %w", err)
			}
		}
		_, err := t.ExecContext(ctx, `INSERT INTO tokens (hash, purpose, created_at, expires_at) VALUES (?, ?, ?, ?)`,
			hash, forSetup, micros(t.now), micros(t.now.Add(setupLife)))
		if err != nil {
			return fmt.Errorf("keep a set-up secret: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// SetUp makes the first organisation and its first administrator.
func (s *Store) SetUp(ctx context.Context, secret string, from access.SetUp) (access.User, error) {
	if _, err := findToken(ctx, s.read, forSetup, secret, s.now()); err != nil {
		return access.User{}, err
	}
	org := attendance.Organisation{ID: attendance.NewID[attendance.OrgID](), Name: from.Organisation}
	u := access.User{
		ID: attendance.NewID[access.UserID](), Org: org.ID, Email: from.Email, Name: from.Name,
		Role: access.OrgAdmin, Language: from.Language,
	}
	if err := require("organisation", &org.Name, maxName); err != nil {
		return access.User{}, err
	}
	if err := cleanUser(&u); err != nil {
		return access.User{}, err
	}
	if err := checkPassword(from.Password, u, org.Name); err != nil {
		return access.User{}, err
	}
	hash, err := s.passwords.hash(ctx, from.Password)
	if err != nil {
		return access.User{}, err
	}
	err = s.change(ctx, func(t *tx) error {
		found, err := findToken(ctx, t, forSetup, secret, t.now)
		if err != nil {
			return err
		}
		if err := t.use(ctx, found); err != nil {
			return err
		}
		if fresh, err := firstStart(ctx, t); err != nil {
			return err
		} else if !fresh {
			return fmt.Errorf("set up: %w", access.ErrConflict)
		}
		if err := t.insertOrganisation(ctx, org); err != nil {
			return err
		}
		if err := t.addUser(ctx, u, hash); err != nil {
			return err
		}
		return t.audit(ctx, u.Actor(), "set-up", string(org.ID))
	})
	if err != nil {
		return access.User{}, err
	}
	return s.User(ctx, u.ID)
}
