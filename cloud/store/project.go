package store

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// project does what a row tells. why is the reason for quarantine when it can't
// be matched; err is the store's own trouble.
func (c *courier) project(ctx context.Context, r device.Row) (why string, err error) {
	switch r.Kind {
	case device.KindPunch:
		return c.punch(ctx, r)
	case device.KindRefusal:
		return c.refusal(ctx, r)
	case device.KindCaptured:
		return c.captured(ctx, r)
	case device.KindCommand:
		return c.commandOutcome(ctx, r)
	case device.KindStarted:
		return c.noted(r, new(wire.StartedPayload))
	case device.KindReader:
		return c.noted(r, new(wire.ReaderPayload))
	case device.KindClock:
		return c.noted(r, new(wire.ClockPayload))
	default:
		return "unknown-kind", nil
	}
}

// noted is for rows that tell something about the tablet itself: the raw row is
// all there is to keep.
func (c *courier) noted(r device.Row, m proto.Message) (string, error) {
	if proto.Unmarshal(r.Payload, m) != nil {
		return "malformed-payload", nil
	}
	c.news("device", string(c.d.Device))
	return "", nil
}

// The earliest and latest moment that is taken for a time at all.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func plausible(c attendance.ClockReading) bool {
	t := c.Cloud()
	return c.Device.Year() < 10000 && t.After(earliest) && t.Before(latest)
}

func (c *courier) punch(ctx context.Context, r device.Row) (string, error) {
	var p wire.PunchPayload
	if proto.Unmarshal(r.Payload, &p) != nil {
		return "malformed-payload", nil
	}
	at := r.Clock.Cloud()
	direction := attendance.Direction(p.GetDirection())
	_, badCard := attendance.ParseCardID(p.GetCardId())
	switch {
	case direction != attendance.In && direction != attendance.Out:
		return "malformed-direction", nil
	case badCard != nil && p.GetCardId() != "":
		return "malformed-card", nil
	case !plausible(r.Clock):
		return "implausible-time", nil
	}
	if ours, err := c.ours(ctx, "sites", p.GetSiteId()); err != nil || !ours {
		return "unknown-site", err
	}
	if ours, err := c.ours(ctx, "profiles", p.GetProfileId()); err != nil || !ours {
		return "unknown-profile", err
	}
	profile, err := c.holder(ctx, p.GetCardId(), p.GetProfileId(), at)
	if err != nil {
		return "", err
	}
	if g := c.group; g != nil {
		p := punchRow{r.ID.String(), string(c.d.Org), p.GetSiteId(), string(c.d.Device), profile, p.GetCardId(), direction.String()}
		g.punches.add(p, at.UnixMicro(), r.Clock.Device.UnixMicro(), int64(r.Clock.Trust), micros(c.d.Received))
		c.news("punch", r.ID.String())
		return "", nil
	}
	_, err = c.hot.exec(ctx, `INSERT INTO punches (id, org, site, device, profile, card, direction, at, device_time, trust, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID.String(), c.d.Org, p.GetSiteId(), c.d.Device, profile, p.GetCardId(), direction.String(),
		at.UnixMicro(), r.Clock.Device.UnixMicro(), r.Clock.Trust, micros(c.d.Received))
	if err != nil {
		return "", fmt.Errorf("keep punch: %w", err)
	}
	c.news("punch", r.ID.String())
	return "", nil
}

// ours tells whether a thing of that id is the organisation's. table is a
// constant of the caller.
func (c *courier) ours(ctx context.Context, table, id string) (ours bool, err error) {
	if _, err := attendance.ParseID[string](id); err != nil {
		return false, nil
	}
	key := table + "/" + string(c.d.Org) + "/" + id
	if c.seen[key] {
		return true, nil
	}
	err = c.hot.one(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE id = ? AND org = ?)`, []any{id, c.d.Org}, &ours)
	if ours {
		c.seen[key] = true
	}
	return ours, err
}

// holder returns who held a card at a time. A tablet that was offline may not
// know that the card had changed hands; where the cloud knows of nobody, the
// tablet's word counts.
func (c *courier) holder(ctx context.Context, card, told string, at time.Time) (string, error) {
	if card == "" {
		return told, nil
	}
	if c.group != nil {
		return c.group.holder(c.d.Org, card, told, at), nil
	}
	holder := told
	err := known(c.hot.one(ctx, `SELECT profile FROM cards WHERE org = ? AND card = ? AND from_at <= ? AND (to_at = 0 OR to_at > ?)
		ORDER BY profile = ? DESC LIMIT 1`, []any{c.d.Org, card, at.UnixMicro(), at.UnixMicro(), told}, &holder))
	if err != nil && !isNotFound(err) {
		return "", fmt.Errorf("holder of card: %w", err)
	}
	return holder, nil
}

func (c *courier) refusal(ctx context.Context, r device.Row) (string, error) {
	var p wire.RefusalPayload
	if proto.Unmarshal(r.Payload, &p) != nil {
		return "malformed-payload", nil
	}
	_, badCard := attendance.ParseCardID(p.GetCardId())
	switch {
	case p.GetReason() == "" || !plain(p.GetReason(), 32):
		return "malformed-reason", nil
	case badCard != nil && p.GetCardId() != "":
		return "malformed-card", nil
	case !plausible(r.Clock):
		return "implausible-time", nil
	}
	if p.GetProfileId() != "" {
		if ours, err := c.ours(ctx, "profiles", p.GetProfileId()); err != nil || !ours {
			return "unknown-profile", err
		}
	}
	if g := c.group; g != nil {
		f := refusalRow{r.ID.String(), string(c.d.Org), string(c.site), string(c.d.Device), text(p.GetReason()), p.GetCardId(), p.GetProfileId()}
		g.refusals.add(f, r.Clock.Cloud().UnixMicro(), micros(c.d.Received))
		c.news("refusal", r.ID.String())
		return "", nil
	}
	_, err := c.hot.exec(ctx, `INSERT INTO refusals (id, org, site, device, reason, card, profile, at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID.String(), c.d.Org, c.site, c.d.Device, p.GetReason(), p.GetCardId(), p.GetProfileId(), r.Clock.Cloud().UnixMicro(), micros(c.d.Received))
	if err != nil {
		return "", fmt.Errorf("keep refusal: %w", err)
	}
	c.news("refusal", r.ID.String())
	return "", nil
}
