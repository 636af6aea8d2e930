package store

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// project does what a row tells; c.at says when it happened. why is the reason for quarantine when it can't
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
	case device.KindAnswer:
		return c.invitationAnswer(ctx, r)
	case device.KindOrder:
		return c.invitationOrder(ctx, r)
	case device.KindStarted:
		return c.noted(r, new(wire.StartedPayload))
	case device.KindReader:
		return c.noted(r, new(wire.ReaderPayload))
	case device.KindSalvaged:
		if why, err := c.noted(r, new(wire.SalvagePayload)); why != "" || err != nil {
			return why, err
		}
		return string(device.AlarmSalvaged), nil
	case device.KindDoubtful:
		return c.doubtful(ctx, r)
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

// plausible tells whether a moment can be, and what the tablet's clock showed can
// be written down.
func plausible(m attendance.Moment, c attendance.ClockReading) bool {
	return c.Device.Year() > 0 && c.Device.Year() < 10000 && m.At.After(earliest) && m.At.Before(latest)
}

func (c *courier) punch(ctx context.Context, r device.Row) (string, error) {
	p, why := readPunch(r, c.at)
	if why != "" {
		return why, nil
	}
	if ours, err := c.ours(ctx, "sites", string(p.Site)); err != nil || !ours {
		return "unknown-site", err
	}
	if ours, err := c.ours(ctx, "profiles", string(p.Profile)); err != nil || !ours {
		return "unknown-profile", err
	}
	holder, certain, err := c.holder(ctx, p)
	switch {
	case err != nil:
		return "", err
	case !certain:
		return uncertainHolder, nil
	}
	p.Profile = holder
	if c.group != nil {
		c.group.punch(c.d, p)
		c.out.News = append(c.out.News, device.News{Topic: "punch", ID: string(p.ID)}) // once: the row is new
		c.waits(p)
		return "", nil
	}
	kept, err := c.keepPunch(ctx, p, "")
	if err != nil || kept {
		return "", err
	}
	return c.counted(ctx, p)
}

// readPunch returns the punch that a row tells, or why it is none.
func readPunch(r device.Row, at attendance.Moment) (attendance.Punch, string) {
	var m wire.PunchPayload
	if proto.Unmarshal(r.Payload, &m) != nil {
		return attendance.Punch{}, "malformed-payload"
	}
	p := attendance.Punch{
		ID: attendance.PunchID(r.ID.String()), Profile: attendance.ProfileID(m.GetProfileId()), Card: attendance.CardID(m.GetCardId()),
		Site: attendance.SiteID(m.GetSiteId()), Direction: attendance.Direction(m.GetDirection()), At: at.At, Clock: r.Clock, Moment: at,
	}
	if m.GetNeedsApproval() {
		p.Approval = attendance.ApprovalWaiting
	}
	_, badCard := attendance.ParseCardID(m.GetCardId())
	switch {
	case p.Direction != attendance.In && p.Direction != attendance.Out:
		return p, "malformed-direction"
	case badCard != nil && p.Card != "":
		return p, "malformed-card"
	case !plausible(at, r.Clock):
		return p, "implausible-time"
	}
	return p, ""
}

// keepPunch makes a punch count. by is the user who said whose it is, empty where
// the tablet did. kept is false when it counts already.
func (c *courier) keepPunch(ctx context.Context, p attendance.Punch, by access.UserID) (kept bool, err error) {
	n, err := c.hot.exec(ctx, `INSERT INTO punches (id, org, site, device, profile, card, direction, at, device_time, trust, received_at, uncertainty, clock_source, assigned_by, approval)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		p.ID, c.d.Org, p.Site, c.d.Device, p.Profile, p.Card, p.Direction.String(),
		p.At.UnixMicro(), p.Clock.Device.UnixMicro(), p.Clock.Trust, micros(c.d.Received), microsOf(p.Moment.Uncertainty), p.Moment.Source, by, string(p.Approval))
	if err != nil {
		return false, fmt.Errorf("keep punch: %w", err)
	}
	if n > 0 {
		c.news("punch", string(p.ID))
		c.waits(p)
	}
	return n > 0, nil
}

// microsOf puts an uncertainty into the form it is stored in: -1 where nobody
// knows.
func microsOf(uncertainty time.Duration) int64 {
	if uncertainty < 0 {
		return -1
	}
	return uncertainty.Microseconds()
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

// uncertainHolder is the reason for quarantine of a punch of which nobody can tell
// whether it was before or after its card changed hands.
const uncertainHolder = "uncertain-holder"

// holder returns who held a card at a time, and whether that is certain. A tablet
// that was offline may not know that the card had changed hands; where the cloud
// knows of nobody, the tablet's word counts.
func (c *courier) holder(ctx context.Context, p attendance.Punch) (who attendance.ProfileID, certain bool, err error) {
	if p.Card == "" {
		return p.Profile, true, nil
	}
	if c.group != nil { // there every clock was compared
		return attendance.ProfileID(c.group.holder(c.d.Org, string(p.Card), string(p.Profile), p.At)), true, nil
	}
	from, to := p.Moment.Earliest, p.Moment.Latest
	if p.Moment.Source.Sure() {
		from, to = p.At, p.At
	}
	w := (&where{sql: ` WHERE org = ? AND card = ?`, args: []any{c.d.Org, p.Card}}).and(notOver, micros(from))
	if !to.IsZero() {
		w.and("from_at <= ?", micros(to))
	}
	all, err := findCards(ctx, c, w)
	if err != nil {
		return "", false, fmt.Errorf("holder of card: %w", err)
	}
	who, certain = p.Moment.Holder(p.Profile, all)
	return who, certain, nil
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
	case !plausible(c.at, r.Clock):
		return "implausible-time", nil
	}
	if p.GetProfileId() != "" {
		if ours, err := c.ours(ctx, "profiles", p.GetProfileId()); err != nil || !ours {
			return "unknown-profile", err
		}
	}
	if g := c.group; g != nil {
		g.refusals.rows = append(g.refusals.rows, []any{
			r.ID.String(), string(c.d.Org), string(c.site), string(c.d.Device), text(p.GetReason()), p.GetCardId(), p.GetProfileId(), c.at.At.UnixMicro(), micros(c.d.Received),
		})
		c.news("refusal", r.ID.String())
		return "", nil
	}
	_, err := c.hot.exec(ctx, `INSERT INTO refusals (id, org, site, device, reason, card, profile, at, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID.String(), c.d.Org, c.site, c.d.Device, p.GetReason(), p.GetCardId(), p.GetProfileId(), c.at.At.UnixMicro(), micros(c.d.Received))
	if err != nil {
		return "", fmt.Errorf("keep refusal: %w", err)
	}
	c.news("refusal", r.ID.String())
	return "", nil
}
