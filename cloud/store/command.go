package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// How long commands are worth carrying out.
const (
	captureFor = 2 * time.Minute // somebody stands there with a card
	lockFor    = 10 * 365 * 24 * time.Hour
)

// LockTablet keeps the wish that a tablet shows a message instead of taking punches.
func (s *Store) LockTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, message string) error {
	if err := clean("message", &message, 2*maxName); err != nil {
		return err
	}
	return s.lock(ctx, actor, id, "lock", &message, &wire.Command{Of: &wire.Command_Lock{Lock: &wire.Lock{Message: message}}})
}

// UnlockTablet takes that back.
func (s *Store) UnlockTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) error {
	return s.lock(ctx, actor, id, "unlock", nil, &wire.Command{Of: &wire.Command_Unlock{Unlock: &wire.Unlock{}}})
}

func (s *Store) lock(ctx context.Context, actor access.Actor, id attendance.DeviceID, kind string, message *string, c *wire.Command) error {
	return s.changeTablet(ctx, actor, id, kind+"-tablet", func(t *tx) error {
		res, err := t.ExecContext(ctx, `UPDATE devices SET lock_message = ? WHERE id = ? AND revoked_at = 0`, message, id)
		if err != nil {
			return err
		}
		if err := oneOr(res, fmt.Errorf("%w: %w", errRevoked, access.ErrConflict)); err != nil {
			return err
		}
		// The last word counts: an earlier one must not arrive after it.
		_, err = t.ExecContext(ctx, `UPDATE commands SET state = 'cancelled' WHERE device = ? AND state = 'open' AND kind IN ('lock', 'unlock')`, id)
		if err != nil {
			return err
		}
		_, err = t.addCommand(ctx, actor, id, kind, "", lockFor, c)
		return err
	})
}

// addCommand keeps a command for a tablet until its outcome is known. It fills
// in the message's id and end.
func (t *tx) addCommand(ctx context.Context, actor access.Actor, id attendance.DeviceID, kind string, profile attendance.ProfileID, life time.Duration, c *wire.Command) (time.Time, error) {
	expires := t.now.Add(life)
	c.Id, c.ExpiresUs = attendance.NewID[string](), micros(expires)
	message, err := proto.Marshal(c)
	if err != nil {
		return time.Time{}, err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO commands (id, org, device, kind, profile, message, state, created_by, created_at, expires_at)
		VALUES (?, ?, ?, ?, NULLIF(?, ''), ?, 'open', NULLIF(?, ''), ?, ?)`,
		c.GetId(), actor.Org, id, kind, profile, message, actor.User, micros(t.now), micros(expires))
	if err != nil {
		return time.Time{}, fmt.Errorf("add command: %w", known(err))
	}
	return expires, nil
}

func (t *tx) dropCommands(ctx context.Context, id attendance.DeviceID, why string) error {
	_, err := t.ExecContext(ctx, `UPDATE commands SET state = 'cancelled', outcome = ? WHERE device = ? AND state = 'open'`, why, id)
	return err
}

// OpenCommands returns what a tablet has been asked and has not answered yet,
// oldest first. A revoked tablet is asked nothing.
func (s *Store) OpenCommands(ctx context.Context, id attendance.DeviceID) (wire.Address, []*wire.Command, error) {
	to := wire.Address{Device: id}
	open, err := collect(ctx, s.read, func(r *sql.Rows, c **wire.Command) error {
		var message []byte
		if err := r.Scan(&to.Org, &message); err != nil {
			return err
		}
		*c = new(wire.Command)
		return proto.Unmarshal(message, *c)
	}, `SELECT c.org, c.message FROM commands c JOIN devices d ON d.id = c.device
		WHERE c.device = ? AND c.state = 'open' AND c.expires_at > ? AND d.revoked_at = 0 ORDER BY c.created_at, c.id LIMIT 100`,
		id, micros(s.now()))
	if err != nil {
		return to, nil, fmt.Errorf("open commands of %s: %w", id, err)
	}
	return to, open, nil
}

// StartCapture asks a tablet to read the next card for a person. A capture that
// was open at that tablet is over.
func (s *Store) StartCapture(ctx context.Context, actor access.Actor, dev attendance.DeviceID, profile attendance.ProfileID) (device.CardCapture, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return device.CardCapture{}, err
	}
	out := device.CardCapture{Device: dev, Profile: profile, State: device.CaptureOpen}
	err := s.change(ctx, func(t *tx) error {
		revoked, err := t.managed(ctx, actor, dev)
		if err != nil {
			return err
		}
		if revoked {
			return fmt.Errorf("start capture: %w: %w", errRevoked, access.ErrConflict)
		}
		name, err := t.nameOf(ctx, actor, profile)
		if err != nil {
			return fmt.Errorf("start capture: person: %w", err)
		}
		if err := t.cancelCaptures(ctx, actor, dev, ""); err != nil {
			return fmt.Errorf("start capture: %w", err)
		}
		c := &wire.Command{Of: &wire.Command_Capture{Capture: &wire.Capture{ProfileId: string(profile), Name: name}}}
		if out.Expires, err = t.addCommand(ctx, actor, dev, "capture", profile, captureFor, c); err != nil {
			return err
		}
		out.ID = c.GetId()
		return t.audit(ctx, actor, "capture-card", string(profile)+"/"+out.ID)
	})
	if err != nil {
		return device.CardCapture{}, err
	}
	return out, nil
}

// nameOf returns the name of a person within the actor's reach.
func (t *tx) nameOf(ctx context.Context, actor access.Actor, profile attendance.ProfileID) (string, error) {
	w := inOrg("p.org", actor).reachable("p.id", actor).and("p.id = ? AND p.removed_at = 0", profile)
	var p attendance.Profile
	err := t.QueryRowContext(ctx, `SELECT p.first_name, p.last_name FROM profiles p`+w.sql, w.args...).Scan(&p.FirstName, &p.LastName)
	return p.Name(), known(err)
}

// cancelCaptures ends the open captures of a tablet, or only one of them.
func (t *tx) cancelCaptures(ctx context.Context, actor access.Actor, dev attendance.DeviceID, only string) error {
	type open struct {
		id   string
		left time.Duration
	}
	over, err := collect(ctx, t, func(r *sql.Rows, o *open) error {
		var expires int64
		err := r.Scan(&o.id, &expires)
		o.left = fromMicros(expires).Sub(t.now)
		return err
	}, `UPDATE commands SET state = 'cancelled' WHERE device = ? AND kind = 'capture' AND state = 'open' AND (? = '' OR id = ?)
		RETURNING id, expires_at`, dev, only, only)
	if err != nil {
		return err
	}
	for _, o := range over {
		if o.left <= 0 {
			continue
		}
		c := &wire.Command{Of: &wire.Command_CancelCapture{CancelCapture: &wire.CancelCapture{CaptureId: o.id}}}
		if _, err := t.addCommand(ctx, actor, dev, "cancel", "", o.left, c); err != nil {
			return err
		}
	}
	return nil
}

// CardCapture returns a capture at a tablet within the actor's reach.
func (s *Store) CardCapture(ctx context.Context, actor access.Actor, id string) (device.CardCapture, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return device.CardCapture{}, err
	}
	c := device.CardCapture{ID: id}
	w := inOrg("d.org", actor).atSite("d.site", actor).and("c.id = ? AND c.kind = 'capture'", id)
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT c.device, COALESCE(c.profile, ''), c.state, c.outcome, c.expires_at
		FROM commands c JOIN devices d ON d.id = c.device`+w.sql, w.args...).
		Scan(&c.Device, &c.Profile, &c.State, &c.Outcome, &expires)
	if err != nil {
		return device.CardCapture{}, fmt.Errorf("capture: %w", known(err))
	}
	c.Expires = fromMicros(expires)
	if c.State == device.CaptureOpen && !s.now().Before(c.Expires) {
		c.State = device.CaptureExpired
	}
	return c, nil
}

// CancelCapture ends a capture that is open; one that is over stays as it is.
func (s *Store) CancelCapture(ctx context.Context, actor access.Actor, id string) (attendance.DeviceID, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return "", err
	}
	c, err := s.CardCapture(ctx, actor, id)
	if err != nil {
		return "", err
	}
	err = s.change(ctx, func(t *tx) error {
		if err := t.cancelCaptures(ctx, actor, c.Device, id); err != nil {
			return fmt.Errorf("cancel capture: %w", err)
		}
		return t.audit(ctx, actor, "cancel-capture", id)
	})
	if err != nil {
		return "", err
	}
	return c.Device, nil
}
