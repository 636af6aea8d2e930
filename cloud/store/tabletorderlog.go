package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// Why an order that was given at a tablet is refused as a whole. Names are stored in the
// audit log and are keys of words: never rename one.
const (
	refusedAccount = "account"  // it isn't an account of the person whose card was held
	refusedCard    = "card"     // the card wasn't theirs at that time, or is blocked
	refusedRole    = "role"     // the account may invite nobody there, or no more
	refusedTablet  = "tablet"   // the tablet was revoked: what it tells says nothing of anybody's will
	refusedMany    = "too-many" // the tablet has brought more than anybody asks for in a day

	refusedElsewhere = "elsewhere" // of some people only: the tablet's site hasn't got them
)

// A tablet that was taken over knows who manages, and by which card. What it can do with
// that is bounded: its orders, and what is noted of those that are refused.
const (
	ordersDay   = 200 // orders of a tablet in 24 hours; each is for up to device.MaxOrder people
	notedOrder  = 10  // people of a refused order who are named in the audit log
	notedDay    = 50  // lines about refused orders of a tablet in 24 hours
	ordersCount = 24 * time.Hour
)

// countOrder counts an order of the tablet, and says why it is one too many.
func (c *courier) countOrder(ctx context.Context) (why string, err error) {
	if err := c.orderWindow(ctx); err != nil {
		return "", err
	}
	var n int
	if _, err := c.ExecContext(ctx, `UPDATE devices SET orders = orders + 1 WHERE id = ? AND org = ?`, c.d.Device, c.d.Org); err != nil {
		return "", fmt.Errorf("count an order: %w", err)
	}
	if err := c.QueryRowContext(ctx, `SELECT orders FROM devices WHERE id = ? AND org = ?`, c.d.Device, c.d.Org).Scan(&n); err != nil {
		return "", fmt.Errorf("count an order: %w", err)
	}
	if n > ordersDay {
		return refusedMany, nil
	}
	return "", nil
}

// orderWindow begins to count anew where the last count is over.
func (c *courier) orderWindow(ctx context.Context) error {
	_, err := c.ExecContext(ctx, `UPDATE devices SET orders = 0, orders_noted = 0, orders_since = ? WHERE id = ? AND org = ? AND orders_since <= ?`,
		micros(c.now), c.d.Device, c.d.Org, micros(c.now.Add(-ordersCount)))
	if err != nil {
		return fmt.Errorf("count orders: %w", err)
	}
	return nil
}

// noteRefusal notes in the audit log that an order was refused: in whose name it was
// given, for whom, why, and at which tablet. Beyond notedDay the last line says that
// there are more: they are in the tablet's journal.
func (c *courier) noteRefusal(ctx context.Context, actor access.Actor, m *wire.OrderPayload, people []attendance.ProfileID, why string) error {
	if err := c.orderWindow(ctx); err != nil {
		return err
	}
	var noted int
	if err := c.QueryRowContext(ctx, `SELECT orders_noted FROM devices WHERE id = ? AND org = ?`, c.d.Device, c.d.Org).Scan(&noted); err != nil {
		return fmt.Errorf("note a refused order: %w", err)
	}
	lines := min(len(people), notedOrder, notedDay-noted)
	for _, id := range people[:max(0, lines)] {
		if err := c.audit(ctx, actor, "refuse-order", fmt.Sprintf("%s/%s/%s/%d", id, why, m.GetManagerId(), len(people))); err != nil {
			return err
		}
	}
	if noted < notedDay && noted+lines >= notedDay {
		if err := c.audit(ctx, actor, "refuse-order", fmt.Sprintf("%s/more", c.d.Device)); err != nil {
			return err
		}
	}
	if lines <= 0 {
		return nil
	}
	_, err := c.ExecContext(ctx, `UPDATE devices SET orders_noted = orders_noted + ? WHERE id = ? AND org = ?`, lines, c.d.Device, c.d.Org)
	if err != nil {
		return fmt.Errorf("note a refused order: %w", err)
	}
	return nil
}

// noteElsewhere notes whom an order named that the tablet's site hasn't got: people who
// have left it since, or whom somebody made up.
func (c *courier) noteElsewhere(ctx context.Context, actor access.Actor, m *wire.OrderPayload, people []attendance.ProfileID) error {
	there, err := collect(ctx, c, scanOne[attendance.ProfileID], `SELECT s.profile FROM profile_sites s JOIN profiles p ON p.id = s.profile
		WHERE s.site = ? AND p.org = ? AND p.removed_at = 0 AND s.profile IN (SELECT value FROM json_each(?))`, c.site, c.d.Org, list(people))
	if err != nil {
		return fmt.Errorf("who is at the site: %w", err)
	}
	left := slices.DeleteFunc(slices.Clone(people), func(id attendance.ProfileID) bool { return slices.Contains(there, id) })
	if len(left) == 0 {
		return nil
	}
	return c.noteRefusal(ctx, actor, m, left, refusedElsewhere)
}
