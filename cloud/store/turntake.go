package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/invite"
)

// takeOn makes messages a worker's: fresh ones become rows, those that were tried
// before have theirs already.
func (t *tx) takeOn(ctx context.Context, worker string, until time.Time, fresh, again []invite.Job) error {
	if len(fresh) > 0 {
		rows := map[string]string{}
		for _, j := range fresh {
			rows[string(j.Person.ID)] = string(j.ID)
		}
		of := keyed(rows)
		if _, err := t.ExecContext(ctx, `INSERT INTO messages (id, org, profile, batch, event, channel, delivery, attempts, lease, leased_until, created_at)
			SELECT k.value, p.org, p.id, p.batch, CASE WHEN p.chased_at = p.asked_at THEN 'chase' ELSE 'invite' END, '', 'queued', p.attempts + 1, ?, ?, ?
			FROM json_each(?) /* PAIRS */ AS k JOIN profiles p ON p.id = k.key`, worker, micros(until), micros(t.now), of); err != nil {
			return fmt.Errorf("messages taken on: %w", err)
		}
		if _, err := t.ExecContext(ctx, `UPDATE profiles SET message = k.value, attempts = attempts + 1, due_at = ?
			FROM json_each(?) /* PAIRS */ AS k WHERE profiles.id = k.key`, micros(until), of); err != nil {
			return fmt.Errorf("people of messages taken on: %w", err)
		}
	}
	for _, j := range again {
		if _, err := t.ExecContext(ctx, `UPDATE messages SET lease = ?, leased_until = ?, attempts = ? WHERE id = ? AND org = ?`,
			worker, micros(until), j.Attempt, j.ID, j.Org); err != nil {
			return fmt.Errorf("a message taken on again: %w", err)
		}
		if _, err := t.ExecContext(ctx, `UPDATE profiles SET attempts = ?, due_at = ? WHERE id = ? AND org = ?`, j.Attempt, micros(until), j.Person.ID, j.Org); err != nil {
			return fmt.Errorf("the person of a message taken on again: %w", err)
		}
	}
	return nil
}

// keyed puts keys with their values into the one argument that json_each takes.
func keyed(values map[string]string) string {
	b, err := json.Marshal(values)
	if err != nil {
		return "{}" // strings always marshal
	}
	return string(b)
}
