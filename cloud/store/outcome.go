package store

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// command is one that this tablet was given.
type command struct {
	kind    string
	profile attendance.ProfileID
	state   device.CaptureState
	expires int64
	by      access.UserID
}

func (c *courier) command(ctx context.Context, id string) (command, error) {
	if _, err := attendance.ParseID[string](id); err != nil {
		return command{}, access.ErrNotFound
	}
	var cmd command
	err := c.QueryRowContext(ctx, `SELECT kind, COALESCE(profile, ''), state, expires_at, COALESCE(created_by, '') FROM commands WHERE id = ? AND device = ? AND org = ? /* FOR UPDATE */`,
		id, c.d.Device, c.d.Org).Scan(&cmd.kind, &cmd.profile, &cmd.state, &cmd.expires, &cmd.by)
	return cmd, known(err)
}

func (c *courier) finish(ctx context.Context, id string, state device.CaptureState, outcome string) error {
	if !plain(outcome, 200) {
		outcome = "the tablet said something unreadable"
	}
	_, err := c.ExecContext(ctx, `UPDATE commands SET state = ?, outcome = ? WHERE id = ?`, state, outcome, id)
	if err != nil {
		return fmt.Errorf("finish command: %w", err)
	}
	return nil
}

// captured gives the card that a tablet read to the person it was read for. A
// card that was read in time counts also when its row arrives late.
func (c *courier) captured(ctx context.Context, r device.Row) (string, error) {
	var p wire.CapturePayload
	if proto.Unmarshal(r.Payload, &p) != nil {
		return "malformed-payload", nil
	}
	card, err := attendance.ParseCardID(p.GetCardId())
	if err != nil || !plain(p.GetTechnology(), 64) {
		return "malformed-card", nil
	}
	cmd, err := c.command(ctx, p.GetCaptureId())
	switch {
	case isNotFound(err) || err == nil && cmd.kind != "capture":
		return "unknown-capture", nil
	case err != nil:
		return "", err
	case cmd.state == device.CaptureCancelled || cmd.state == device.CaptureDone || cmd.state == device.CaptureFailed:
		return "capture-over", nil
	case c.at.At.UnixMicro() > cmd.expires:
		return "capture-expired", nil
	}
	c.news("capture", p.GetCaptureId())
	// Whose card it is decides the store, not the tablet's word: a capture never
	// takes a card from somebody.
	holder, held, err := c.openHolder(ctx, card)
	if err != nil {
		return "", err
	}
	if held && holder != cmd.profile {
		return "capture-failed", c.finish(ctx, p.GetCaptureId(), device.CaptureFailed, string(attendance.HeldCard))
	}
	assign := func() error { return c.assign(ctx, c.d.Org, card, cmd.profile, p.GetTechnology()) }
	why, err := c.attempt(ctx, assign)
	if errors.Is(why, access.ErrConflict) { // somebody gave the card away at this moment; now that shows
		why, err = c.attempt(ctx, assign)
	}
	if err != nil {
		return "", err
	}
	if why != nil {
		return "capture-failed", c.finish(ctx, p.GetCaptureId(), device.CaptureFailed, why.Error())
	}
	if err := c.finish(ctx, p.GetCaptureId(), device.CaptureDone, string(card)); err != nil {
		return "", err
	}
	return "", c.audit(ctx, access.Actor{Org: c.d.Org, User: cmd.by}, "assign-card", string(cmd.profile)+"/"+card.Short())
}

// openHolder returns who holds a card now, by the cloud's clock.
func (c *courier) openHolder(ctx context.Context, card attendance.CardID) (who attendance.ProfileID, held bool, err error) {
	err = known(c.QueryRowContext(ctx, `SELECT profile FROM cards WHERE org = ? AND card = ? AND from_at <= ? AND `+notOver+` ORDER BY from_at DESC LIMIT 1`,
		c.d.Org, card, micros(c.now), micros(c.now)).Scan(&who))
	if isNotFound(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for a card's holder: %w", err)
	}
	return who, true, nil
}

// attempt runs f so that it either happens whole or not at all, without ending
// the transaction. why is what the store answered; err is the store's own trouble.
func (c *courier) attempt(ctx context.Context, f func() error) (why, err error) {
	if _, err := c.ExecContext(ctx, `SAVEPOINT attempt`); err != nil {
		return nil, err
	}
	why = f()
	if why != nil {
		if _, err := c.ExecContext(ctx, `ROLLBACK TO attempt`); err != nil {
			return nil, err
		}
	}
	if _, err := c.ExecContext(ctx, `RELEASE attempt`); err != nil {
		return nil, err
	}
	if why != nil && !errors.Is(why, access.ErrNotFound) && !errors.Is(why, access.ErrConflict) {
		return nil, why
	}
	return why, nil
}

func (c *courier) commandOutcome(ctx context.Context, r device.Row) (string, error) {
	var p wire.CommandPayload
	if proto.Unmarshal(r.Payload, &p) != nil {
		return "malformed-payload", nil
	}
	cmd, err := c.command(ctx, p.GetCommandId())
	switch {
	case isNotFound(err):
		return "unknown-command", nil
	case err != nil:
		return "", err
	}
	c.news("device", string(c.d.Device))
	if cmd.kind == "capture" {
		c.news("capture", p.GetCommandId())
	}
	if cmd.state != device.CaptureOpen {
		return "", nil // it was overtaken
	}
	switch p.GetOutcome() {
	case "done":
		if cmd.kind == "capture" {
			return "", nil // the row with the card says so
		}
		return "", c.finish(ctx, p.GetCommandId(), device.CaptureDone, "")
	case "expired":
		return "", c.finish(ctx, p.GetCommandId(), device.CaptureExpired, "")
	default:
		return "", c.finish(ctx, p.GetCommandId(), device.CaptureFailed, p.GetOutcome())
	}
}
