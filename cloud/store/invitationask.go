package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// PlanOrder tells what an order would do now, without doing it.
func (s *Store) PlanOrder(ctx context.Context, actor access.Actor, o invite.Order) (invite.Plan, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return invite.Plan{}, err
	}
	plan := invite.Plan{Refused: map[invite.Obstacle]int{}}
	err := s.view(ctx, func(q querier) error {
		policy, err := s.policy(ctx, q, actor.Org)
		if err != nil {
			return err
		}
		w, err := selected(actor, o.To)
		if err != nil {
			return err
		}
		verdict, args, err := judge(o, policy, s.now())
		if err != nil {
			return err
		}
		_, err = collect(ctx, q, func(r *sql.Rows, _ *struct{}) error {
			var why string
			var n int
			if err := r.Scan(&why, &n); err != nil {
				return err
			}
			plan.Selected += n
			switch why {
			case string(invite.Email):
				plan.Email = n
			case string(invite.SMS):
				plan.SMS = n
			default:
				plan.Refused[invite.Obstacle(why)] = n
			}
			return nil
		}, `SELECT why, count(*) FROM (SELECT `+verdict+` AS why FROM profiles p`+block+w.sql+`) AS v GROUP BY why`, append(args, w.args...)...)
		return err
	})
	if err != nil {
		return invite.Plan{}, fmt.Errorf("plan an order: %w", err)
	}
	return plan, nil
}

// Ask carries an order out: a message is queued for each person of the selection
// who can be asked now; for each other it is noted why not. Of two orders with
// the same key the second is the first again.
func (s *Store) Ask(ctx context.Context, actor access.Actor, o invite.Order) (invite.Batch, error) {
	if err := actor.Require(access.ManageRoster); err != nil {
		return invite.Batch{}, err
	}
	for k, text := range o.Texts {
		if err := cleanTemplate(k, &text); err != nil {
			return invite.Batch{}, err
		}
	}
	if len(o.Key) > 100 {
		return invite.Batch{}, access.Invalid{Field: "key", Problem: access.TooLong}
	}
	id := attendance.NewID[invite.BatchID]()
	err := s.change(ctx, func(t *tx) error {
		earlier, err := t.batchOfKey(ctx, actor, o.Key)
		if err != nil || earlier != "" {
			id = earlier
			return err
		}
		policy, err := s.policy(ctx, t, actor.Org)
		if err != nil {
			return err
		}
		return t.ask(ctx, actor, id, o, policy)
	})
	if err != nil {
		return invite.Batch{}, fmt.Errorf("order messages: %w", err)
	}
	return s.Batch(ctx, actor, id)
}

func (t *tx) batchOfKey(ctx context.Context, actor access.Actor, key string) (id invite.BatchID, err error) {
	if key == "" {
		return "", nil
	}
	err = t.QueryRowContext(ctx, `SELECT id FROM batches WHERE org = ? AND key = ?`, actor.Org, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

func (t *tx) ask(ctx context.Context, actor access.Actor, id invite.BatchID, o invite.Order, policy invite.Policy) error {
	w, err := selected(actor, o.To)
	if err != nil {
		return err
	}
	verdict, args, err := judge(o, policy, t.now)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO batches (id, org, event, user_id, key, at, not_before) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, actor.Org, o.Event, actor.User, o.Key, micros(t.now), micros(t.now.Add(t.hold))); err != nil {
		return err
	}
	if err := t.keepTexts(ctx, id, o.Texts); err != nil {
		return err
	}
	ways := list([]invite.Channel{invite.Email, invite.SMS})
	// Those who are refused are noted before the others change: afterwards a
	// message would wait for everybody.
	refused := append(append([]any{id}, args...), w.args...)
	if _, err := t.ExecContext(ctx, `INSERT INTO batch_refusals (batch, profile, reason)
		SELECT ?, v.id, v.why FROM (SELECT p.id, `+verdict+` AS why FROM profiles p`+block+w.sql+`) AS v WHERE v.why NOT IN (SELECT value FROM json_each(?))`,
		append(refused, ways)...); err != nil {
		return fmt.Errorf("note who is refused: %w", err)
	}
	// The invitation counts for the next chase as any chase does. Nothing leaves before
	// the hold is over; it is in the row, so that nobody who is killed forgets it.
	now := micros(t.now)
	queue := append([]any{now, now, id, now, micros(t.now.Add(t.hold))}, args...)
	queue = append(append(queue, w.args...), ways)
	r, err := t.ExecContext(ctx, `UPDATE profiles SET
		was_delivery = CASE WHEN account = 'inactive' THEN '' ELSE delivery END, was_reason = reason, was_detail = detail, was_batch = batch, was_message = message,
		was_asked_at = asked_at, was_chased_at = chased_at, was_messaged_at = messaged_at,
		chased_at = CASE WHEN account = 'inactive' THEN chased_at ELSE ? END, messaged_at = ?,
		account = CASE WHEN account = 'inactive' THEN 'invited' ELSE account END,
		delivery = 'queued', status = 'waiting', reason = '', detail = '', message = '', attempts = 0, batch = ?, asked_at = ?, due_at = ?
		WHERE id IN (SELECT v.id FROM (SELECT p.id, `+verdict+` AS why FROM profiles p`+block+w.sql+`) AS v WHERE v.why IN (SELECT value FROM json_each(?)))`,
		queue...)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `UPDATE batches SET queued = ? WHERE id = ? AND org = ?`, n, id, actor.Org); err != nil {
		return err
	}
	t.tell(actor.Org, device.News{Topic: "batch", ID: string(id)})
	if err := t.audit(ctx, actor, "ask", string(id)); err != nil {
		return err
	}
	return t.launch(ctx, actor, o)
}

// judge returns an SQL expression, and its arguments, that says of a profile p
// with the block b of its address what an order does to it: the channel that a
// message would take, or an invite.Obstacle. It is the state machine and its guards
// for many people at once; a test holds the two against each other.
func judge(o invite.Order, policy invite.Policy, now time.Time) (string, []any, error) {
	var events []invite.Event
	switch o.Event {
	case "":
		events = []invite.Event{invite.Invite, invite.Chase}
	case invite.Invite, invite.Chase:
		events = []invite.Event{o.Event}
	default:
		return "", nil, access.Invalid{Field: "event", Problem: access.Unknown}
	}
	asked := o.Asked
	if asked.IsZero() || asked.After(now) {
		asked = now
	}
	if now.Sub(asked) > invite.Stale {
		return "CAST(? AS TEXT)", []any{invite.CameTooLate}, nil
	}
	possible, args := canBe(events)
	sms := invite.NotConfigured
	switch {
	case policy.EmailOnly:
		sms = invite.EmailOnly
	case policy.SMS:
		sms = invite.Reason(invite.SMS)
	}
	day := invite.ChaseEvery
	sql := `CASE WHEN p.delivery = 'queued' AND p.status = 'waiting' THEN 'waiting'
		WHEN b.address IS NOT NULL AND p.status NOT IN ('active', 'deactivated') THEN 'address-blocked'
		WHEN p.membership IN ('outside', 'rejected') THEN 'not-member'
		WHEN NOT (` + possible + `) THEN 'not-now'
		WHEN p.account != 'inactive' AND p.messaged_at > ? THEN 'too-soon'
		WHEN p.account != 'inactive' AND p.messaged_at > ? THEN 'overtaken'
		WHEN p.email != '' THEN 'email'
		WHEN p.phone = '' THEN 'no-contact'
		ELSE CAST(? AS TEXT) END`
	return sql, append(args, micros(now.Add(-day)), micros(asked.Add(-day)), string(sms)), nil
}

// canBe says that one of the events is possible for a profile p.
func canBe(events []invite.Event) (string, []any) {
	sql, args := "1 = 0", []any(nil)
	for _, e := range events {
		from := invite.Possible(e)
		for _, a := range invite.Accounts {
			if len(from[a]) > 0 {
				sql += " OR p.account = ? AND p.delivery IN (SELECT value FROM json_each(?))"
				args = append(args, a, list(from[a]))
			}
		}
	}
	return sql, args
}
