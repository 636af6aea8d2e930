package store

import (
	"context"
	"fmt"

	"muster/device"
	"muster/sync/wire"
)

// doubtful puts a row aside that a tablet has found in its damaged store together
// with another in the same place. Nobody can tell which of them somebody saw
// confirmed: a person has to. One that is here already is no doubt; nor is it another one that a
// tablet tells once more, because it was cut off while it told.
func (c *courier) doubtful(ctx context.Context, r device.Row) (string, error) {
	found := wire.UnpackBatch(wire.PackBodies([][]byte{r.Payload}))
	if len(found.Rows) != 1 {
		return "malformed-payload", nil
	}
	told := found.Rows[0]
	var here int
	err := c.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM raw_rows WHERE device = ?1 AND id = ?2)
		+ (SELECT count(*) FROM quarantine WHERE device = ?1 AND reason = 'doubtful' AND body = ?3)`, c.d.Device, told.ID[:], r.Payload).Scan(&here)
	if err != nil {
		return "", fmt.Errorf("look for a row in doubt: %w", err)
	}
	if here > 0 {
		return "", nil
	}
	return "", c.quarantine(ctx, device.Broken{Stream: r.Stream, Seq: r.Seq, Reason: "doubtful", Body: r.Payload})
}
