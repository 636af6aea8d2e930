package store

import (
	"context"
	"database/sql"
	"fmt"

	"muster/invite"
)

// settleAll does the outcomes of one turn. Those of messages that simply left, which
// is nearly all of them, are noted together; the others one by one.
func (t *tx) settleAll(ctx context.Context, worker string, done []invite.Outcome) error {
	rest, err := t.settleSent(ctx, worker, done)
	if err != nil {
		return err
	}
	for _, o := range rest {
		if err := t.settle(ctx, o, worker); err != nil {
			return fmt.Errorf("what became of %s: %w", o.ID, err)
		}
	}
	return nil
}

// leaving is a message that was handed over, and where its person stands.
type leaving struct {
	message sentMessage
	latest  invite.MessageID
	person  invite.State
}

// settleSent notes what simply left and returns the outcomes that it left alone.
func (t *tx) settleSent(ctx context.Context, worker string, done []invite.Outcome) (rest []invite.Outcome, err error) {
	sent := map[invite.MessageID]invite.Outcome{}
	var ids []invite.MessageID
	for _, o := range done {
		if _, twice := sent[o.ID]; twice || o.Failed != nil || o.Perhaps || worker == "" {
			rest = append(rest, o)
			continue
		}
		sent[o.ID] = o
		ids = append(ids, o.ID)
	}
	if len(ids) == 0 {
		return rest, nil
	}
	found, err := collect(ctx, t, func(r *sql.Rows, l *leaving) error {
		m := &l.message
		return r.Scan(&m.id, &m.org, &m.person, &m.state, &l.latest, &l.person.Account, &l.person.Delivery, &l.person.Membership)
	}, `SELECT m.id, m.org, m.profile, m.delivery, p.message, p.account, p.delivery, p.membership FROM messages m JOIN profiles p ON p.id = m.profile AND p.org = m.org
		WHERE m.id IN (SELECT value FROM json_each(?)) AND m.lease != '' AND m.lease = ? ORDER BY m.id /* FOR UPDATE */`, list(ids), worker)
	if err != nil {
		return nil, fmt.Errorf("messages that were handed over: %w", err)
	}
	references, people := map[string]map[string]string{}, map[invite.State][]invite.MessageID{}
	for _, l := range found {
		o := sent[l.message.id]
		if l.message.state != invite.Queued {
			rest = append(rest, o)
			continue
		}
		if references[o.Receipt.Provider] == nil {
			references[o.Receipt.Provider] = map[string]string{}
		}
		references[o.Receipt.Provider][string(o.ID)] = o.Receipt.Reference
		next, err := invite.Next(l.person, invite.Send)
		if err != nil || l.latest != l.message.id {
			continue // it means nothing to the person any more
		}
		people[next] = append(people[next], l.message.id)
		t.newsOfInvitation(l.message.org, l.message.person)
	}
	for provider, of := range references {
		if _, err := t.ExecContext(ctx, `UPDATE messages SET lease = '', leased_until = 0, provider = ?, reference = k.value, delivery = ?, reason = '', detail = '',
			sent_at = CASE WHEN sent_at = 0 THEN ? ELSE sent_at END FROM json_each(?) /* PAIRS */ AS k WHERE messages.id = k.key`,
			provider, invite.Sent, micros(t.now), keyed(of)); err != nil {
			return nil, fmt.Errorf("messages that left: %w", err)
		}
	}
	for next, ids := range people {
		if err := t.sentTo(ctx, next, ids); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// sentTo moves those on whose latest messages have left. From now on a message
// counts for the next chase, unless it went where the person isn't reached any more.
func (t *tx) sentTo(ctx context.Context, next invite.State, messages []invite.MessageID) error {
	_, err := t.ExecContext(ctx, `UPDATE profiles SET account = ?, delivery = ?, status = ?, reason = '', detail = '', channel = m.channel, expires_at = m.expires_at, due_at = 0,
			messaged_at = CASE WHEN m.address = CASE WHEN profiles.email != '' THEN profiles.email ELSE profiles.phone END THEN ? ELSE messaged_at END
		FROM messages m WHERE m.id IN (SELECT value FROM json_each(?)) AND profiles.id = m.profile AND profiles.org = m.org`,
		next.Account, next.Delivery, next.Status(), micros(t.now), list(messages))
	if err != nil {
		return fmt.Errorf("people whose messages left: %w", err)
	}
	return nil
}
