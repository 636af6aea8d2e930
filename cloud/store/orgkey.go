package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"

	"muster/access"
	"muster/attendance"
)

// newOrgKey draws what an organisation is called in the addresses of sign-in pages:
// eight letters and digits without 0, 1, 8 and 9, for people type them from paper.
// It is public, and says nothing about the organisation.
func newOrgKey() string {
	b := make([]byte, 5)
	_, _ = rand.Read(b) // never fails since Go 1.24: it ends the program instead
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// insertOrganisation adds an organisation with a key of its own. A run that draws
// one that is taken is run again by change, and draws another.
func (t *tx) insertOrganisation(ctx context.Context, o attendance.Organisation) error {
	card := attendance.NewCardKey()
	_, err := t.ExecContext(ctx, `INSERT INTO orgs (id, name, card_key, created_at, key) VALUES (?, ?, ?, ?, ?)`, o.ID, o.Name, card[:], micros(t.now), newOrgKey())
	if err != nil {
		return fmt.Errorf("add organisation: %w", err)
	}
	return nil
}

// OrganisationAt returns the name of the organisation with this key. Anybody may
// ask; a key that nobody has is ErrNotFound.
func (s *Store) OrganisationAt(ctx context.Context, key string) (string, error) {
	if key = strings.ToLower(strings.TrimSpace(key)); key == "" || len(key) > 40 {
		return "", access.ErrNotFound
	}
	var name string
	if err := s.read.QueryRowContext(ctx, `SELECT name FROM orgs WHERE key = ?`, key).Scan(&name); err != nil {
		return "", fmt.Errorf("organisation of a key: %w", known(err))
	}
	return name, nil
}

func orgKey(ctx context.Context, q querier, org attendance.OrgID) (string, error) {
	var key string
	if err := q.QueryRowContext(ctx, `SELECT key FROM orgs WHERE id = ?`, org).Scan(&key); err != nil {
		return "", fmt.Errorf("key of an organisation: %w", known(err))
	}
	return key, nil
}
