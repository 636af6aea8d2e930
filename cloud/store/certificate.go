package store

import (
	"context"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// AddCertificate keeps a certificate that was issued to a tablet.
func (s *Store) AddCertificate(ctx context.Context, c device.Certificate) error {
	return s.change(ctx, func(t *tx) error {
		if err := t.tabletHere(ctx, c.Device); err != nil {
			return err
		}
		res, err := t.ExecContext(ctx, `INSERT INTO certificates (serial, device, public_key, der, not_before, not_after)
			SELECT ?, id, ?, ?, ?, ? FROM devices WHERE id = ? AND revoked_at = 0`,
			c.Serial, c.Key, c.DER, micros(c.NotBefore), micros(c.NotAfter), c.Device)
		if err != nil {
			return fmt.Errorf("add certificate: %w", known(err))
		}
		return oneOr(res, fmt.Errorf("add certificate: the tablet is gone or revoked: %w", access.ErrForbidden))
	})
}

// Certificate returns a certificate by its serial number.
func (s *Store) Certificate(ctx context.Context, serial string) (device.Certificate, error) {
	c := device.Certificate{Serial: serial}
	var before, after int64
	err := s.read.QueryRowContext(ctx, `SELECT device, public_key, der, not_before, not_after FROM certificates WHERE serial = ?`, serial).
		Scan(&c.Device, &c.Key, &c.DER, &before, &after)
	if err != nil {
		return device.Certificate{}, fmt.Errorf("certificate %s: %w", serial, known(err))
	}
	c.NotBefore, c.NotAfter = fromMicros(before), fromMicros(after)
	return c, nil
}

// Admit tells which organisation a tablet belongs to that shows the certificate
// of that serial number. It is the only place that the organisation of a
// connection comes from. access.ErrNotFound: no such certificate of that tablet;
// ErrForbidden: the tablet is revoked; ErrExpired: the certificate is.
func (s *Store) Admit(ctx context.Context, dev attendance.DeviceID, serial string) (attendance.OrgID, error) {
	var org attendance.OrgID
	var revoked, after int64
	err := s.read.QueryRowContext(ctx, `SELECT d.org, d.revoked_at, c.not_after FROM certificates c JOIN devices d ON d.id = c.device
		WHERE c.serial = ? AND d.id = ?`, serial, dev).Scan(&org, &revoked, &after)
	switch {
	case err != nil:
		return "", fmt.Errorf("admit %s: %w", dev, known(err))
	case revoked != 0:
		return "", fmt.Errorf("admit %s: revoked: %w", dev, access.ErrForbidden)
	case !s.now().Before(fromMicros(after)):
		return "", fmt.Errorf("admit %s: certificate: %w", dev, access.ErrExpired)
	}
	if err := here(ctx, s.read, org); err != nil {
		return "", fmt.Errorf("admit %s: %w", dev, err)
	}
	return org, nil
}

// Placement returns where a tablet belongs. Identity.MQTT is left empty.
func (s *Store) Placement(ctx context.Context, dev attendance.DeviceID) (device.Placement, error) {
	var p device.Placement
	var key []byte
	var result, debounce, revoked int64
	err := s.read.QueryRowContext(ctx, `SELECT d.org, d.site, d.name, d.revoked_at, o.name, o.card_key, s.name, s.time_zone, s.language, s.result_ms, s.debounce_ms
		FROM devices d JOIN sites s ON s.id = d.site JOIN orgs o ON o.id = d.org WHERE d.id = ?`, dev).
		Scan(&p.Identity.Org, &p.Identity.Site, &p.Identity.Name, &revoked, &p.Settings.Org, &key, &p.Settings.Site,
			&p.Settings.TimeZone, &p.Settings.Language, &result, &debounce)
	if err != nil {
		return device.Placement{}, fmt.Errorf("placement of %s: %w", dev, known(err))
	}
	if len(key) != len(p.Settings.CardKey) {
		return device.Placement{}, fmt.Errorf("placement of %s: card key has %d bytes", dev, len(key))
	}
	p.Identity.Device, p.Revoked = dev, revoked != 0
	p.Settings.Device, p.Settings.CardKey = p.Identity.Name, attendance.CardKey(key)
	p.Settings.ResultTime, p.Settings.Debounce = time.Duration(result)*time.Millisecond, time.Duration(debounce)*time.Millisecond
	return p, nil
}

// tabletHere tells whether a tablet's organisation was moved away. One that would
// get a certificate here all the same was shut out there.
func (t *tx) tabletHere(ctx context.Context, dev attendance.DeviceID) error {
	var gone bool
	err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM devices d JOIN departures x ON x.org = d.org WHERE d.id = ?)`, dev).Scan(&gone)
	if err != nil {
		return fmt.Errorf("look whether a tablet is here: %w", err)
	}
	if gone {
		return errDeparted
	}
	return nil
}
