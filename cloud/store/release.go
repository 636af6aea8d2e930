package store

import (
	"context"
	"fmt"
)

// Release frees the messages of workers that are no more, so that nobody waits
// for their time to run out: those that no provider was given yet are due again,
// the others count as sent. A worker that lives all the same finds its messages
// gone and sends none of them.
func (s *Store) Release(ctx context.Context, workers ...string) error {
	if len(workers) == 0 {
		return nil
	}
	return s.release(ctx, `lease != '' AND lease IN (SELECT value FROM json_each(?))`, list(workers))
}

// ReleaseAll frees everybody's messages: for a cloud that begins and is alone.
func (s *Store) ReleaseAll(ctx context.Context) error { return s.release(ctx, `lease != ''`) }

func (s *Store) release(ctx context.Context, whose string, args ...any) error {
	err := s.change(ctx, func(t *tx) error {
		if _, err := t.ExecContext(ctx, `UPDATE profiles SET due_at = ? WHERE delivery = 'queued' AND message IN (SELECT id FROM messages WHERE `+whose+`)`,
			append([]any{micros(t.now)}, args...)...); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `UPDATE messages SET leased_until = 0 WHERE `+whose, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("release messages: %w", err)
	}
	return nil
}
