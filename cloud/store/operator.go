package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
)

// operatorLinkLife is how long the link is good by which an operator chooses a
// password.
const operatorLinkLife = 24 * time.Hour

// AddOperator notes somebody who runs the cloud and returns the secret of the link
// by which they choose a password, good once and for a day. For one who is there
// already it is another such link; what they have stays good until it is used. It
// is for whoever has the machine, and takes nobody who asks.
func (s *Store) AddOperator(ctx context.Context, email, name string) (string, error) {
	if name == "" {
		name = email
	}
	if err := first(cleanEmail(&email), require("name", &name, maxName)); err != nil {
		return "", err
	}
	secret, hash := newSecret()
	err := s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO operators (id, email, name, link, link_until, created_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (email) DO UPDATE SET link = excluded.link, link_until = excluded.link_until`,
			attendance.NewID[access.OperatorID](), email, name, hash, micros(t.now.Add(operatorLinkLife)), micros(t.now))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("add operator: %w", err)
	}
	return secret, nil
}

// RemoveOperator takes somebody's access away; whoever is signed in by it is out
// at once. What they did stays in the audit logs.
func (s *Store) RemoveOperator(ctx context.Context, email string) error {
	r, err := s.write.ExecContext(ctx, `DELETE FROM operators WHERE email = ?`, strings.ToLower(strings.TrimSpace(email)))
	if err != nil {
		return fmt.Errorf("remove operator: %w", err)
	}
	return oneOr(r, access.ErrNotFound)
}

// Operators lists who runs the cloud.
func (s *Store) Operators(ctx context.Context) ([]access.Operator, error) {
	return findOperators(ctx, s.read, ` ORDER BY email`)
}

// Operator returns one of them by the id. It is how a session becomes one.
func (s *Store) Operator(ctx context.Context, id access.OperatorID) (access.Operator, error) {
	return findOperator(ctx, s.read, ` WHERE id = ?`, id)
}

func findOperator(ctx context.Context, q querier, condition string, args ...any) (access.Operator, error) {
	all, err := findOperators(ctx, q, condition, args...)
	if err != nil {
		return access.Operator{}, err
	}
	if len(all) != 1 {
		return access.Operator{}, access.ErrNotFound
	}
	return all[0], nil
}

func findOperators(ctx context.Context, q querier, condition string, args ...any) ([]access.Operator, error) {
	all, err := collect(ctx, q, func(r *sql.Rows, o *access.Operator) error {
		var set int64
		err := r.Scan(&o.ID, &o.Email, &o.Name, &o.Language, &set)
		o.PasswordSet = fromMicros(set)
		return err
	}, `SELECT id, email, name, language, password_at FROM operators`+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("read operators: %w", err)
	}
	return all, nil
}

// AuthenticateOperator returns the operator with this address and password, as
// Authenticate does a user: anything wrong is ErrForbidden and takes the same work,
// and five wrong passwords in a row lock the address for a while.
func (s *Store) AuthenticateOperator(ctx context.Context, email, password string) (access.Operator, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > 8*maxEmail {
		return access.Operator{}, access.ErrForbidden
	}
	guess := operatorGuess(email)
	if err := s.countGuess(ctx, guess); err != nil {
		return access.Operator{}, err
	}
	var id access.OperatorID
	var hash string
	var set int64
	err := s.read.QueryRowContext(ctx, `SELECT id, password, password_at FROM operators WHERE email = ?`, email).Scan(&id, &hash, &set)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return access.Operator{}, fmt.Errorf("look up an operator: %w", err)
	}
	ok, _, err := s.passwords.check(ctx, password, hash)
	if err != nil {
		return access.Operator{}, err
	}
	if !ok {
		return access.Operator{}, access.ErrForbidden
	}
	if err := s.change(ctx, func(t *tx) error { return t.forgetFailures(ctx, guess) }); err != nil {
		return access.Operator{}, err
	}
	o, err := s.Operator(ctx, id)
	if err == nil && !o.PasswordSet.Equal(fromMicros(set)) {
		err = access.ErrForbidden // another one was chosen while this one was looked at
	}
	if err != nil {
		return access.Operator{}, err
	}
	return o, nil
}

// operatorGuess keeps the count apart from that of a user with the same address.
func operatorGuess(email string) string { return "operator " + email }

// OperatorLink tells whom a link is for, without using it up.
func (s *Store) OperatorLink(ctx context.Context, secret string) (access.Operator, error) {
	return s.operatorLink(ctx, s.read, secret, s.now())
}

func (s *Store) operatorLink(ctx context.Context, q querier, secret string, now time.Time) (access.Operator, error) {
	var id access.OperatorID
	var until int64
	err := q.QueryRowContext(ctx, `SELECT id, link_until FROM operators WHERE link = ?`, hashSecret(secret)).Scan(&id, &until)
	if err != nil {
		return access.Operator{}, fmt.Errorf("look up a link: %w", known(err))
	}
	if !now.Before(fromMicros(until)) {
		return access.Operator{}, access.ErrExpired
	}
	return findOperator(ctx, q, ` WHERE id = ?`, id)
}

// ChooseOperatorPassword sets the password of the operator whom a link is for, and
// uses the link up.
func (s *Store) ChooseOperatorPassword(ctx context.Context, secret, password string) (access.Operator, error) {
	o, err := s.OperatorLink(ctx, secret)
	if err != nil {
		return access.Operator{}, err
	}
	if err := checkPassword(password, access.User{Email: o.Email, Name: o.Name}, ""); err != nil {
		return access.Operator{}, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return access.Operator{}, err
	}
	err = s.change(ctx, func(t *tx) error {
		if _, err := s.operatorLink(ctx, t, secret, t.now); err != nil { // of two at the same time one finds it used
			return err
		}
		if _, err := t.ExecContext(ctx, `UPDATE operators SET password = ?, password_at = ?, link = NULL, link_until = 0 WHERE id = ?`, hash, micros(t.now), o.ID); err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		return t.forgetFailures(ctx, operatorGuess(o.Email))
	})
	if err != nil {
		return access.Operator{}, err
	}
	return s.Operator(ctx, o.ID)
}
