package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// Bounds of what one tablet can fill the quarantine with.
const (
	maxBody   = wire.MaxBody // the beginning is enough to see what went wrong
	maxOrphan = 1000         // open entries that are no row and so can't be confirmed
)

// quarantine puts aside what can't be made sense of. The same thing for the same
// reason is put aside once.
func (c *courier) quarantine(ctx context.Context, b device.Broken) error {
	if len(b.Body) > maxBody {
		b.Body = b.Body[:maxBody]
	}
	var stream, seq any
	limit := maxOrphan
	if b.Stream != uuid.Nil && b.Seq != 0 {
		stream, seq, limit = b.Stream[:], int64(b.Seq), 1<<31
		c.seqs[b.Stream] = append(c.seqs[b.Stream], b.Seq)
	}
	res, err := c.ExecContext(ctx, `INSERT INTO quarantine (org, device, stream, seq, reason, body, received_at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
		WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE device = ?2 AND stream IS NOT DISTINCT FROM ?3 AND seq IS NOT DISTINCT FROM ?4 AND reason = ?5 AND body IS NOT DISTINCT FROM ?6)
		AND (CAST(?8 AS BIGINT) > 1000000 OR (SELECT COUNT(*) FROM quarantine WHERE device = ?2 AND stream IS NULL AND resolved_at = 0) < CAST(?8 AS BIGINT))`,
		c.d.Org, c.d.Device, stream, seq, b.Reason, b.Body, micros(c.d.Received), limit)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	c.news("quarantine", "")
	return nil
}

// wireBody returns a row as it was sent.
func wireBody(r device.Row) []byte {
	body, err := proto.Marshal(wire.FromRow(r))
	if err != nil { // a row that was read from a message can be written as one
		return []byte(err.Error())
	}
	return body
}
