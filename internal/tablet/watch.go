package tablet

import (
	"context"
	"time"

	"muster/attendance"
	"muster/internal/failpoint"
	"muster/ui/scene"
)

// upkeep is how often things are looked after that have no event of their own.
const upkeep = time.Second

// keepFor is how long rows that the cloud has stay in the journal: hours of the
// week are reckoned from them.
const keepFor = 15 * 24 * time.Hour

// watch looks after what has no event of its own.
func (o *office) watch(ctx context.Context) {
	tick := time.NewTicker(upkeep)
	defer tick.Stop()
	var pruned time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.journal.More():
			o.count(ctx)
			notify(o.rows)
		case <-tick.C:
			if err := o.journal.Look(ctx); err != nil {
				o.tablet.logger.Error("clock", "error", err)
			}
			o.showCapture(ctx)
			if time.Since(pruned) > time.Hour {
				if o.prune(ctx) {
					pruned = time.Now()
				}
			}
		}
	}
}

// prune drops what is old, but only by a clock that can be believed: one that
// stands in the future would take today's punches with it. It tells whether it
// could try.
func (o *office) prune(ctx context.Context) bool {
	now := o.journal.Now()
	if now.Trust != attendance.TrustEstimated {
		return false
	}
	if _, err := o.tablet.store.Prune(ctx, now.Cloud().Add(-failpoint.Keep(keepFor)).UnixMicro()); err != nil {
		o.tablet.logger.Error("prune", "error", err)
	}
	return true
}

// showCapture keeps the screen in step with the desk.
func (o *office) showCapture(ctx context.Context) {
	if _, err := o.desk.Expire(ctx); err != nil {
		o.tablet.logger.Error("capture", "error", err)
	}
	c, open := o.desk.Open()
	o.tablet.stage.change(func(s *state) {
		if !open {
			s.capture = nil
			return
		}
		s.capture = &scene.Capture{Name: c.Name, Expires: c.Expires}
	})
}

// count shows how many rows wait for the cloud.
func (o *office) count(ctx context.Context) {
	// Who has counted first must not be the last to say so.
	o.counting.Lock()
	defer o.counting.Unlock()
	n, _, err := o.tablet.store.Waiting(ctx)
	if err != nil {
		o.tablet.logger.Error("count what waits", "error", err)
		return
	}
	o.tablet.stage.setStatus(func(s *scene.Status) { s.Waiting = n })
}
