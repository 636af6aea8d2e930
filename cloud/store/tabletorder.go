package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/sync/wire"
)

// invitationOrder takes the messages that a manager asked for at a tablet. Only what
// can't be read goes to quarantine: an order that comes too late, or of somebody who
// may not, sends nothing, and the tablets are told so for each person.
func (c *courier) invitationOrder(ctx context.Context, r device.Row) (string, error) {
	var m wire.OrderPayload
	if proto.Unmarshal(r.Payload, &m) != nil {
		return "malformed-payload", nil
	}
	_, badCard := attendance.ParseCardID(m.GetCardId())
	event := invite.Event(m.GetEvent())
	people, malformed := orderedPeople(&m)
	switch {
	case malformed, event != invite.Invite && event != invite.Chase:
		return "malformed-payload", nil
	case badCard != nil:
		return "malformed-card", nil
	case !plausible(c.at, r.Clock):
		return "implausible-time", nil
	}
	if ours, err := c.ours(ctx, "profiles", m.GetManagerId()); err != nil || !ours {
		return "unknown-profile", err
	}
	asked := c.at.At
	if asked.After(c.now) {
		asked = c.now // a clock that is ahead: it was given before it came here
	}
	actor, why, err := c.managerAt(ctx, &m, asked.UnixMicro())
	if err == nil && why == "" {
		why, err = c.countOrder(ctx)
	}
	if err == nil && why != "" {
		err = errors.Join(c.noteRefusal(ctx, actor, &m, people, why), c.keepFate(ctx, r.ID.String(), people, invite.FateForbidden))
	} else if err == nil {
		err = c.orderAt(ctx, actor, invite.Order{Event: event, To: invite.Selection{IDs: people}, Asked: asked, Key: "row " + r.ID.String()}, r.ID.String())
		if err == nil {
			err = c.noteElsewhere(ctx, actor, &m, people)
		}
	}
	if err != nil {
		return "", fmt.Errorf("order at a tablet: %w", err)
	}
	return "", nil
}

func orderedPeople(m *wire.OrderPayload) (people []attendance.ProfileID, malformed bool) {
	if n := len(m.GetProfileIds()); n == 0 || n > device.MaxOrder {
		return nil, true
	}
	for _, id := range m.GetProfileIds() {
		p, err := attendance.ParseID[attendance.ProfileID](id)
		if err != nil {
			return nil, true
		}
		people = append(people, p)
	}
	slices.Sort(people)
	return slices.Compact(people), false
}

// managerAt returns who gave an order: the account must be that of the person whose
// card was held, may still do so now, and the card must have been theirs. They reach
// whom the tablet's site has and nobody else. Where they may not, it says why, and who
// they would be.
func (c *courier) managerAt(ctx context.Context, m *wire.OrderPayload, at int64) (actor access.Actor, why string, err error) {
	actor = access.Actor{Org: c.d.Org, Origin: access.Origin{Via: access.ViaTablet}}
	if err := c.QueryRowContext(ctx, `SELECT name FROM devices WHERE id = ? AND org = ?`, c.d.Device, c.d.Org).Scan(&actor.Origin.Token); err != nil {
		return actor, "", fmt.Errorf("name of a tablet: %w", err)
	}
	if gone, err := c.gone(ctx); err != nil || gone {
		return actor, refusedTablet, err
	}
	u, err := findUser(ctx, c, `id = ? AND org = ? AND profile = ?`, m.GetUserId(), c.d.Org, m.GetManagerId())
	if errors.Is(err, access.ErrNotFound) {
		return actor, refusedAccount, nil
	}
	if err != nil {
		return actor, "", err
	}
	actor.User = u.ID
	held, err := c.held(ctx, invite.Self{Org: c.d.Org, Profile: attendance.ProfileID(m.GetManagerId())}, m.GetCardId(), at)
	if err != nil {
		return actor, "", fmt.Errorf("look for a manager's card: %w", err)
	}
	if !held {
		return actor, refusedCard, nil
	}
	may := u.Actor().At(c.site)
	if may.RequireAt(access.ManageRoster, c.site) != nil {
		return actor, refusedRole, nil
	}
	may.Origin = actor.Origin
	return may, "", nil
}

// orderAt carries an order out that was given at a tablet. It is held to the same
// rules as any other, at the moment when it was given as well as now; the row makes
// it one order however often it comes.
func (t *tx) orderAt(ctx context.Context, actor access.Actor, o invite.Order, row string) error {
	// Nobody else asks the same people meanwhile: the others wait here, or are run again.
	if _, err := collect(ctx, t, scanOne[string], `SELECT id FROM profiles WHERE org = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY id /* FOR UPDATE */`,
		actor.Org, list(o.To.IDs)); err != nil {
		return fmt.Errorf("lock people: %w", err)
	}
	if earlier, err := t.batchOfKey(ctx, actor, o.Key); err != nil || earlier != "" {
		return err
	}
	policy, err := findPolicy(ctx, t, actor.Org)
	if err != nil {
		return err
	}
	policy.SMS = policy.SMS && t.sms
	id := attendance.NewID[invite.BatchID]()
	if err := t.ask(ctx, actor, id, o, policy); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE profiles SET order_row = ?, order_at = ?,
		order_fate = COALESCE((SELECT r.reason FROM batch_refusals r WHERE r.batch = ? AND r.profile = profiles.id), CASE WHEN batch = ? THEN 'queued' ELSE 'forbidden' END)
		WHERE org = ? AND removed_at = 0 AND id IN (SELECT value FROM json_each(?)) AND EXISTS (SELECT 1 FROM profile_sites s WHERE s.profile = profiles.id AND s.site IN (SELECT value FROM json_each(?)))`,
		row, micros(t.now), id, id, actor.Org, list(o.To.IDs), list(actor.Sites))
	if err != nil {
		return fmt.Errorf("keep what became of an order: %w", err)
	}
	return nil
}

// keepFate notes the same for everybody of an order, within the tablet's site.
func (c *courier) keepFate(ctx context.Context, row string, people []attendance.ProfileID, fate invite.Fate) error {
	_, err := c.ExecContext(ctx, `UPDATE profiles SET order_row = ?, order_at = ?, order_fate = ?
		WHERE org = ? AND removed_at = 0 AND id IN (SELECT value FROM json_each(?)) AND EXISTS (SELECT 1 FROM profile_sites WHERE profile = profiles.id AND site = ?)`,
		row, micros(c.now), fate, c.d.Org, list(people), c.site)
	if err != nil {
		return fmt.Errorf("keep that an order is refused: %w", err)
	}
	return nil
}
