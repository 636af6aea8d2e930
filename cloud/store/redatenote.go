package store

import (
	"context"
	"fmt"
	"time"

	"muster/access"
)

// The times of punches that were told as sure are put right where a comparison turns out to
// have been wrong. From so much on it stands in the audit log: somebody may have been paid
// by the time before. A tablet that was taken over can have its own punches put right with
// each row that it brings, so there is a bound to what is noted.
const (
	redatedFrom = time.Minute
	redatedDay  = 50 // lines of a tablet in 24 hours
)

// redated is what a delivery changed of times that had been told as sure.
type redated struct {
	punches int
	most    time.Duration
}

func (r *redated) add(by time.Duration) {
	if by = by.Abs(); by >= redatedFrom {
		r.punches++
		r.most = max(r.most, by)
	}
}

// noteRedated notes that times were put right, at which tablet, of how many punches and by
// how many seconds at most.
func (c *courier) noteRedated(ctx context.Context) error {
	if c.redated.punches == 0 {
		return nil
	}
	var noted int
	if err := c.QueryRowContext(ctx, `SELECT count(*) FROM audit WHERE org = ? AND action = 'redate' AND at > ? AND subject LIKE ?`,
		c.d.Org, micros(c.now.Add(-24*time.Hour)), string(c.d.Device)+"/%").Scan(&noted); err != nil {
		return fmt.Errorf("note times put right: %w", err)
	}
	if noted >= redatedDay {
		return nil
	}
	subject := fmt.Sprintf("%s/%d/%d", c.d.Device, c.redated.punches, int64(c.redated.most/time.Second))
	return c.audit(ctx, access.Actor{Org: c.d.Org, Origin: access.Origin{Via: access.ViaTablet}}, "redate", subject)
}
