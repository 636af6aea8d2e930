package tablet

import (
	"context"
	"errors"
	"time"

	"muster/device"
	"muster/device/activation"
)

// tryCertificate has the link connect anew, so that a new certificate is tried
// while the old one is still good.
func (o *office) tryCertificate(id device.Identity) {
	o.identity.Store(&id)
	notify(o.hang)
	o.link.Retry()
}

// refused finds out why the cloud turned the tablet away: its certificate, or
// itself.
func (o *office) refused(ctx context.Context, reason error) {
	o.mu.Lock()
	wait := time.Now().Before(o.checkAfter)
	if !wait {
		o.checkAfter = time.Now().Add(min(checkPause<<min(o.checks, 10), time.Hour))
		o.checks++
	}
	o.mu.Unlock()
	if wait {
		return
	}
	o.tablet.logger.Warn("turned away", "error", reason)
	err := o.keeper.Renew(ctx)
	if errors.Is(err, activation.ErrRevoked) {
		o.revoke(ctx)
		return
	}
	if err != nil {
		o.tablet.logger.Warn("why is not known", "error", err)
	}
}

// checkPause is how long a tablet that was turned away and is not revoked waits
// before it asks again why; it doubles.
const checkPause = 30 * time.Second

// revoke ends the tablet's work for the cloud. What it has not sent stays in the
// journal.
func (o *office) revoke(ctx context.Context) {
	if err := o.tablet.store.KeepRevoked(ctx, true); err != nil {
		o.tablet.logger.Error("revocation not kept", "error", err)
	}
	o.revoked.Store(true)
	o.tablet.stage.change(func(s *state) { s.revoked = true })
	notify(o.over)
}
