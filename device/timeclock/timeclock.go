// Package timeclock turns a tap into a punch: who holds the card, which way the
// punch goes, and whether it may be stored at all. It answers every tap with a
// receipt and never shows anything itself.
package timeclock

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Roster says who holds a card at a moment; ok is false when nobody does.
type Roster interface {
	Holder(ctx context.Context, card attendance.CardID, at time.Time) (c attendance.Card, p attendance.Profile, ok bool, err error)
}

// History returns a person's punches here since a moment, oldest first, and
// the one that was stored last; zero when there is none. They are dated as is known
// at now.
type History interface {
	History(ctx context.Context, who attendance.ProfileID, since time.Time, now attendance.ClockReading) (punches []attendance.Punch, last attendance.Punch, err error)
}

// Journal stores a row together with its effect before it returns.
type Journal interface {
	Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error)
	Now() attendance.ClockReading
}

// Config is what a clock works with.
type Config struct {
	Roster   Roster
	History  History
	Journal  Journal
	Identity device.Identity
	Settings func() device.Settings
	Lock     func() device.Lock
	Floor    func() time.Time // a moment that has certainly passed; counts while the clock was never compared
	Offline  func() bool      // there is no line; nil: there always is
	Logger   *slog.Logger
}

// Clock answers taps. Make one with New; Punch is called by one goroutine at a
// time.
type Clock struct {
	Config
	zone string // the name that loc was found by
	loc  *time.Location
}

// New returns a clock.
func New(c Config) *Clock { return &Clock{Config: c, loc: time.UTC} }

// Punch answers a tap. A receipt with Accepted set is returned only after the
// punch was committed; every other one says why nothing was stored.
func (c *Clock) Punch(ctx context.Context, tap attendance.Tap) attendance.Receipt {
	receipt, err := c.punch(ctx, tap)
	if err != nil {
		c.Logger.Error("punch not stored", "error", err)
		receipt.Accepted, receipt.Punch = false, attendance.Punch{}
		receipt.Reason = StorageReason(err)
	}
	if !receipt.Accepted {
		c.tellRefusal(ctx, receipt)
	}
	return receipt
}

// StorageReason turns a failure to store into the answer for a person: it tells a full disk, which somebody can clear, from the rest.
func StorageReason(err error) attendance.Reason {
	if errors.Is(err, device.ErrStorageFull) {
		return attendance.StorageFull
	}
	return attendance.StorageFault
}

// Identify tells whose card was held, as Punch would, and stores nothing. A receipt
// with a reason says why nobody is meant; it is never accepted.
func (c *Clock) Identify(ctx context.Context, tap attendance.Tap) attendance.Receipt {
	receipt, _, err := c.identify(ctx, tap, c.Settings())
	if err != nil {
		c.Logger.Error("card not looked up", "error", err)
		receipt.Reason = StorageReason(err)
	}
	return receipt
}

// punch returns an error only for storage that fails.
func (c *Clock) punch(ctx context.Context, tap attendance.Tap) (attendance.Receipt, error) {
	settings := c.Settings()
	receipt, reading, err := c.identify(ctx, tap, settings)
	if err != nil || receipt.Reason != "" {
		return receipt, err
	}
	return c.store(ctx, receipt, settings, reading)
}

// identify finds who holds a card now.
func (c *Clock) identify(ctx context.Context, tap attendance.Tap, settings device.Settings) (attendance.Receipt, attendance.ClockReading, error) {
	if why := c.nobody(tap); why != "" {
		return attendance.Receipt{Reason: why}, attendance.ClockReading{}, nil
	}
	receipt := attendance.Receipt{CardID: settings.CardKey.ID(tap.UID)}
	reading := c.Journal.Now()
	card, profile, known, err := c.Roster.Holder(ctx, receipt.CardID, c.notBeforeFloor(reading))
	if err != nil {
		return receipt, reading, err
	}
	receipt.Profile = profile
	switch {
	case c.Lock().Locked:
		receipt.Reason = attendance.Locked
	case !known:
		receipt.Reason = attendance.UnknownCard
	case card.Blocked:
		receipt.Reason = attendance.BlockedCard
	case profile.Blocked:
		receipt.Reason = attendance.BlockedPerson
	}
	return receipt, reading, nil
}

// nobody tells why a card can be nobody's; "" where it may be somebody's. At a locked
// tablet a better card would not help either, so nobody is sent to fetch one.
func (c *Clock) nobody(tap attendance.Tap) attendance.Reason {
	valid := attendance.ValidUID(tap.UID)
	switch {
	case valid && !attendance.RandomUID(tap.UID):
		return ""
	case c.Lock().Locked:
		return attendance.Locked
	case valid:
		return attendance.RandomCard
	default:
		return attendance.Unreadable
	}
}

// notBeforeFloor is when a card is looked up for. A clock that nobody has
// compared yet may have lost the time altogether, and everybody's card would
// seem to be of the future.
func (c *Clock) notBeforeFloor(r attendance.ClockReading) time.Time {
	if floor := c.Floor(); r.Trust == attendance.TrustNone && r.Device.Before(floor) {
		return floor
	}
	return r.Cloud()
}

// store decides on the direction and commits the punch.
func (c *Clock) store(ctx context.Context, receipt attendance.Receipt, settings device.Settings, reading attendance.ClockReading) (attendance.Receipt, error) {
	now := reading.Cloud()
	loc := c.location(settings)
	week, today := attendance.StartOfWeek(now, loc), attendance.StartOfDay(now, loc)
	// A spell that began before Monday may reach into the week.
	punches, last, err := c.History.History(ctx, receipt.Profile.ID, week.Add(-attendance.MaxSpell), reading)
	if err != nil {
		return receipt, err
	}
	// Who taps twice for want of a sure clock can see it and tap again; whose tap is
	// taken for the one before it has lost it.
	if since, sure := reading.Since(last.Clock); sure && !last.At.IsZero() && since >= 0 && since < settings.Debounce {
		receipt.Reason, receipt.Punch = attendance.TooSoon, last
		receipt.Today, receipt.Week = attendance.Worked(punches, today, now), attendance.Worked(punches, week, now)
		return receipt, nil
	}
	// After the last answer: who has just punched hears that it counts.
	offline := c.Offline != nil && c.Offline()
	if offline && settings.Offline == attendance.OfflineRefused {
		receipt.Reason = attendance.NoLine
		return receipt, nil
	}
	punch := attendance.Punch{
		Profile: receipt.Profile.ID, Card: receipt.CardID, Device: c.Identity.Device, Site: c.Identity.Site,
		Direction: attendance.NextDirection(last, now),
	}
	if offline && settings.Offline == attendance.OfflineApproval {
		punch.Approval = attendance.ApprovalWaiting
	}
	row, err := c.Journal.Append(ctx, device.KindPunch, &wire.PunchPayload{
		ProfileId: string(punch.Profile), CardId: string(punch.Card), SiteId: string(punch.Site), Direction: wire.Direction(punch.Direction),
		NeedsApproval: punch.Approval == attendance.ApprovalWaiting,
	}, device.Effect{Punch: &punch})
	if err != nil {
		return receipt, err
	}
	punch.ID, punch.Clock, punch.At = attendance.PunchID(row.ID.String()), row.Clock, row.Clock.Cloud()
	receipt.Accepted, receipt.Punch = true, punch
	punches = append(punches, punch)
	receipt.Today, receipt.Week = attendance.Worked(punches, today, punch.At), attendance.Worked(punches, week, punch.At)
	return receipt, nil
}

// tellRefusal writes a refusal to the journal. Its failure is logged and hides
// nothing: the person gets the same answer.
func (c *Clock) tellRefusal(ctx context.Context, r attendance.Receipt) {
	_, err := c.Journal.Append(ctx, device.KindRefusal, &wire.RefusalPayload{
		Reason: string(r.Reason), CardId: string(r.CardID), ProfileId: string(r.Profile.ID),
	}, device.Effect{})
	if err != nil {
		c.Logger.Warn("refusal not in the journal", "reason", r.Reason, "error", err)
	}
}

// location returns the site's time zone. Reading it from the disk takes longer
// than looking up a person, so it is done once.
func (c *Clock) location(s device.Settings) *time.Location {
	if s.TimeZone != c.zone {
		c.zone, c.loc = s.TimeZone, s.Location()
	}
	return c.loc
}
