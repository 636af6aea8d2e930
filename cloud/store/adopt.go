package store

import (
	"context"
	"fmt"
	"strconv"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// restoredSecret is where it stands when this database was last restored from a
// backup. It is no secret; but like those it is the installation's, and exists once.
const restoredSecret = "restored"

func (t *tx) noteRestored(ctx context.Context) error {
	_, err := t.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		restoredSecret, []byte(strconv.FormatInt(micros(t.now), 10)))
	if err != nil {
		return fmt.Errorf("note the restoring: %w", err)
	}
	return nil
}

// restored returns when this database was last restored, 0: never.
func (t *tx) restored(ctx context.Context) (int64, error) {
	var value []byte
	err := known(t.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, restoredSecret).Scan(&value))
	if isNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("when was it restored: %w", err)
	}
	return strconv.ParseInt(string(value), 10, 64)
}

// Adopt takes back a certificate of which this database knows nothing, because it
// was restored from a backup that is older. The caller has seen that the
// authority signed it and that whoever shows it has its key. A tablet that was
// renewed since the backup is let in again by that. One that was activated since
// is not: nobody knows any more where it stands. It is put down as revoked at the
// organisation's oldest site, so that it says so itself, can be activated again,
// and what it has can be imported. access.ErrNotFound: nothing was forgotten.
func (s *Store) Adopt(ctx context.Context, c device.Certificate, org attendance.OrgID) error {
	unexplained := false
	err := s.change(ctx, func(t *tx) error {
		unexplained = false
		restored, err := t.restored(ctx)
		if err != nil {
			return err
		}
		if err := here(ctx, t, org); err != nil {
			return err
		}
		if micros(c.NotBefore) >= restored { // it was issued, and is forgotten all the same
			unexplained = true
			return t.setBack(ctx, org)
		}
		if _, err := attendance.ParseID[string](string(c.Device)); err != nil {
			return fmt.Errorf("adopt: %w", access.ErrNotFound)
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO devices (id, org, site, name, hardware, created_at, revoked_at)
			SELECT ?1, org, id, ?2, '', ?3, ?4 FROM sites WHERE id = (SELECT id FROM sites WHERE org = ?5 ORDER BY created_at, id LIMIT 1)
			AND NOT EXISTS (SELECT 1 FROM devices WHERE id = ?1)`,
			c.Device, "? "+string(c.Device), micros(c.NotBefore), micros(t.now), org); err != nil {
			return fmt.Errorf("adopt: %w", known(err))
		}
		res, err := t.ExecContext(ctx, `INSERT INTO certificates (serial, device, public_key, der, not_before, not_after)
			SELECT ?, id, ?, ?, ?, ? FROM devices WHERE id = ? AND org = ?`,
			c.Serial, c.Key, c.DER, micros(c.NotBefore), micros(c.NotAfter), c.Device, org)
		if err != nil {
			return fmt.Errorf("adopt: %w", known(err))
		}
		return oneOr(res, fmt.Errorf("adopt: %w", access.ErrNotFound))
	})
	if err == nil && unexplained {
		return fmt.Errorf("adopt: %w", access.ErrNotFound)
	}
	return err
}
