package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/draw"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// A logo as messages show it: at most so large, in pixels. It is shown at half
// that size, so that it is sharp on a good screen.
const (
	logoWidth  = 600
	logoHeight = 160
	// MaxLogo is how large a file may be that a logo is made of, in bytes.
	MaxLogo   = 2 << 20
	maxSender = 60
)

func findStyle(ctx context.Context, q querier, org attendance.OrgID) (invite.Style, error) {
	var s invite.Style
	err := q.QueryRowContext(ctx, `SELECT sender, reply_to, logo FROM letterheads WHERE org = ?`, org).Scan(&s.Sender, &s.ReplyTo, &s.Logo)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("read letterhead: %w", err)
	}
	return s, nil
}

// Style returns how messages of the actor's organisation look.
func (s *Store) Style(ctx context.Context, actor access.Actor) (invite.Style, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return invite.Style{}, err
	}
	return findStyle(ctx, s.read, actor.Org)
}

// SetStyle changes it; the logo stays as it is, see SetLogo.
func (s *Store) SetStyle(ctx context.Context, actor access.Actor, style invite.Style) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	if err := clean("sender", &style.Sender, maxSender); err != nil {
		return err
	}
	if style.ReplyTo != "" {
		if cleanEmail(&style.ReplyTo) != nil {
			return access.Invalid{Field: "reply_to", Problem: access.Malformed}
		}
	}
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO letterheads (org, sender, reply_to, changed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (org) DO UPDATE SET sender = excluded.sender, reply_to = excluded.reply_to, changed_at = excluded.changed_at`,
			actor.Org, style.Sender, style.ReplyTo, micros(t.now))
		if err != nil {
			return fmt.Errorf("keep letterhead: %w", err)
		}
		return t.audit(ctx, actor, "set-letterhead", string(actor.Org))
	})
}

// SetLogo makes a logo out of any JPEG or PNG: small enough for a mail, without
// whatever else was in the file. nil takes the logo away.
func (s *Store) SetLogo(ctx context.Context, actor access.Actor, data []byte) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	id, picture := "", []byte(nil)
	if data != nil {
		var err error
		if picture, err = s.portraits.logo(ctx, data); err != nil {
			return err
		}
		sum := sha256.Sum256(picture)
		id = hex.EncodeToString(sum[:])
	}
	return s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO letterheads (org, logo, picture, changed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (org) DO UPDATE SET logo = excluded.logo, picture = excluded.picture, changed_at = excluded.changed_at`,
			actor.Org, id, picture, micros(t.now))
		if err != nil {
			return fmt.Errorf("keep logo: %w", err)
		}
		return t.audit(ctx, actor, "set-logo", string(actor.Org))
	})
}

// Logo returns the PNG of a logo that some organisation has. Whoever gets a
// message may see it: nobody has to be signed in, and nobody guesses the id.
func (s *Store) Logo(ctx context.Context, id string) ([]byte, error) {
	var picture []byte
	err := s.read.QueryRowContext(ctx, `SELECT picture FROM letterheads WHERE logo = ? AND logo != '' LIMIT 1`, id).Scan(&picture)
	if err != nil {
		return nil, fmt.Errorf("read logo: %w", known(err))
	}
	return picture, nil
}

// logo scales a picture down to what a mail shows, and writes a PNG.
func (p portraits) logo(ctx context.Context, data []byte) ([]byte, error) {
	bad := access.Invalid{Field: "logo", Problem: access.NotAPhoto}
	if len(data) > MaxLogo {
		return nil, access.Invalid{Field: "logo", Problem: access.TooBig}
	}
	info, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil || info.Width < 8 || info.Height < 8:
		return nil, bad
	case info.Width*info.Height > maxPixels:
		return nil, access.Invalid{Field: "logo", Problem: access.TooBig}
	}
	select {
	case p.slot <- struct{}{}:
		defer func() { <-p.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	whole, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, bad
	}
	b := whole.Bounds()
	scale := min(1, logoWidth/float64(b.Dx()), logoHeight/float64(b.Dy()))
	small := image.NewNRGBA(image.Rect(0, 0, max(1, int(scale*float64(b.Dx()))), max(1, int(scale*float64(b.Dy())))))
	draw.CatmullRom.Scale(small, small.Bounds(), whole, b, draw.Src, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return nil, fmt.Errorf("write logo: %w", err)
	}
	return out.Bytes(), nil
}
