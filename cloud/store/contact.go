package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// maxExternalID is the longest name that another system may have for a person,
// in characters.
const maxExternalID = 100

// cleanContact brings a contact into the form it is kept in. Whether the address
// and the number can exist is for the caller to say.
func cleanContact(c *invite.Contact) error {
	if c.Email != "" {
		if err := cleanEmail(&c.Email); err != nil {
			return err
		}
	}
	if c.Phone != "" && (len(c.Phone) < 8 || len(c.Phone) > 16 || c.Phone[0] != '+' || strings.Trim(c.Phone[1:], "0123456789") != "") {
		return access.Invalid{Field: "phone", Problem: access.Malformed}
	}
	return clean("external_id", &c.ExternalID, maxExternalID)
}

// SetContact replaces how a person can be reached. An external ID or an address
// that somebody else has is Invalid: taken, or taken-elsewhere.
func (s *Store) SetContact(ctx context.Context, actor access.Actor, id attendance.ProfileID, c invite.Contact) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	if err := cleanContact(&c); err != nil {
		return err
	}
	return s.EditContact(ctx, actor, id, func(now *invite.Contact) error {
		*now = c
		return nil
	})
}

// EditContact is SetContact with what edit makes of the contact as it is at that
// moment; see EditProfile.
func (s *Store) EditContact(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*invite.Contact) error) error {
	if err := actor.Require(access.ManageRoster); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		if _, err := findMember(ctx, t, actor, id); err != nil {
			return err
		}
		var c invite.Contact
		if err := t.QueryRowContext(ctx, `SELECT email, phone, external_id FROM profiles WHERE id = ? AND org = ?`, id, actor.Org).Scan(&c.Email, &c.Phone, &c.ExternalID); err != nil {
			return known(err)
		}
		if err := edit(&c); err != nil {
			return err
		}
		if err := cleanContact(&c); err != nil {
			return err
		}
		if err := t.newAddress(ctx, actor, id, c.Email); err != nil {
			return err
		}
		if err := t.meet(ctx, actor, id, c.Email); err != nil {
			return err
		}
		if err := t.setContact(ctx, actor.Org, id, c); err != nil {
			return err
		}
		t.newsOfInvitation(actor.Org, id)
		return t.audit(ctx, actor, "set-contact", string(id))
	})
}

func (t *tx) setContact(ctx context.Context, org attendance.OrgID, id attendance.ProfileID, c invite.Contact) error {
	if err := t.keepReach(ctx, org, id, c.Email, c.Phone); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `UPDATE profiles SET external_id = ? WHERE id = ? AND org = ?`, c.ExternalID, id, org)
	if err != nil {
		return taken(err, "external_id", "set contact")
	}
	return nil
}

// Blocks returns the addresses of people within reach that are left alone, the
// newest first.
func (s *Store) Blocks(ctx context.Context, actor access.Actor, limit int) ([]invite.Blockage, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	limit, err := pageSize(limit, 1000)
	if err != nil {
		return nil, err
	}
	w := blocksWithin(actor)
	blocks, err := collect(ctx, s.read, scanBlockage, `SELECT b.address, b.reason, b.detail, b.since FROM blocks b`+w.sql+` ORDER BY b.since DESC, b.address LIMIT ?`,
		append(w.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("read blocks: %w", err)
	}
	return blocks, nil
}

func blocksWithin(actor access.Actor) *where {
	w := inOrg("b.org", actor)
	if !actor.Everywhere() {
		w.and(`EXISTS (SELECT 1 FROM profiles p JOIN profile_sites r ON r.profile = p.id WHERE p.org = b.org AND p.removed_at = 0
			AND (p.email = b.address OR p.phone = b.address) AND r.site IN (SELECT value FROM json_each(?)))`, list(actor.Sites))
	}
	return w
}

// veiled leaves enough of an address for somebody who knows it to see that it is
// meant: the audit log keeps it for ever.
func veiled(address string) string {
	if at := strings.LastIndexByte(address, '@'); at > 0 {
		_, n := utf8.DecodeRuneInString(address)
		return address[:n] + "\u2026" + address[at:]
	}
	return "\u2026" + address[max(0, len(address)-3):]
}

// LiftBlock lets messages go to an address again; those that it held back wait to
// be sent from now on. Only an organisation admin may.
func (s *Store) LiftBlock(ctx context.Context, actor access.Actor, address string) error {
	if err := actor.Require(access.ManageSites); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		r, err := t.ExecContext(ctx, `DELETE FROM blocks WHERE org = ? AND address = ?`, actor.Org, address)
		if err != nil {
			return fmt.Errorf("lift block: %w", err)
		}
		if err := oneOr(r, access.ErrNotFound); err != nil {
			return err
		}
		held, err := collect(ctx, t, scanOne[attendance.ProfileID], `SELECT id FROM profiles WHERE org = ? AND removed_at = 0 AND delivery = 'blocked'
			AND (email = ? OR email = '' AND phone = ?)`, actor.Org, address, address)
		if err != nil {
			return fmt.Errorf("lift block: %w", err)
		}
		for _, id := range held {
			if err := t.lift(ctx, actor.Org, id); err != nil {
				return err
			}
		}
		if len(held) > 0 {
			t.tell(actor.Org, device.News{Topic: "queue"})
		}
		return t.audit(ctx, actor, "lift-block", veiled(address))
	})
}

func (t *tx) lift(ctx context.Context, org attendance.OrgID, id attendance.ProfileID) error {
	before, _, err := t.state(ctx, org, id)
	if err != nil {
		return err
	}
	next, err := invite.Next(before, invite.Lift)
	if err != nil {
		return nil //nolint:nilerr // nothing was held back any more
	}
	if err := t.put(ctx, org, id, next); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE profiles SET due_at = ?, message = '', attempts = 0, reason = '', detail = '' WHERE id = ? AND org = ?`, micros(t.now), id, org)
	return err
}

func scanBlockage(r *sql.Rows, b *invite.Blockage) error {
	var since int64
	err := r.Scan(&b.Address, &b.Reason, &b.Detail, &since)
	b.Since = fromMicros(since)
	return err
}
