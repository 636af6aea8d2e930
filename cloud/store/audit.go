package store

import (
	"context"
	"fmt"

	"muster/access"
)

// audit notes that the actor did something, in the transaction that does it.
func (t *tx) audit(ctx context.Context, actor access.Actor, action, subject string) error {
	_, err := t.ExecContext(ctx, `INSERT INTO audit (org, user_id, action, subject, at) VALUES (?, ?, ?, ?, ?)`,
		actor.Org, actor.User, action, subject, micros(t.now))
	if err != nil {
		return fmt.Errorf("audit %s: %w", action, err)
	}
	return nil
}
