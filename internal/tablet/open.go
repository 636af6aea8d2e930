package tablet

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"muster/attendance"
	"muster/device"
	"muster/device/activation"
	"muster/device/enrolment"
	"muster/device/inviting"
	"muster/device/journal"
	"muster/device/roster"
	"muster/device/timeclock"
	"muster/sync/inbox"
	"muster/sync/link"
	"muster/sync/wire"
)

// openOffice opens what an activated tablet works with.
func (t *Tablet) openOffice(ctx context.Context, identity device.Identity) (*office, error) {
	o := &office{tablet: t, line: timeclock.NewLine(t.Clock.Monotonic)}
	o.identity.Store(&identity)
	o.address = wire.Address{Org: identity.Org, Device: identity.Device}
	var err error
	if o.journal, err = journal.Open(ctx, t.store, t.clock); err != nil {
		return nil, err
	}
	if o.roster, err = roster.Open(ctx, t.store, identity.Device, o.cloudTime, t.logger); err != nil {
		return nil, err
	}
	if o.floor, err = t.floor(ctx); err != nil {
		return nil, err
	}
	lock, err := t.store.Lock(ctx)
	if err != nil {
		return nil, err
	}
	o.lock.set(lock)
	revoked, err := t.store.Revoked(ctx)
	if err != nil {
		return nil, err
	}
	o.revoked.Store(revoked)
	o.desk = enrolment.New(o.journal, t.store, func() attendance.CardKey { return o.settings().CardKey })
	o.inviting = inviting.New(o.journal, t.store, identity)
	return o, o.open(ctx)
}

// floor returns the latest moment that the tablet knows has passed: what its
// clock said when it last wrote or heard something.
func (t *Tablet) floor(ctx context.Context) (time.Time, error) {
	head, err := t.store.Head(ctx)
	if err != nil {
		return time.Time{}, err
	}
	state, err := t.store.RosterState(ctx)
	heard := state.Heard
	if written := head.Clock.Cloud(); head.Seq > 0 && written.After(heard) {
		return written, err
	}
	return heard, err
}

func (o *office) open(ctx context.Context) error {
	t := o.tablet
	for _, c := range []*chan struct{}{&o.rows, &o.changed, &o.heard, &o.hang, &o.over} {
		*c = make(chan struct{}, 1)
	}
	o.readerRows = rate.NewLimiter(rate.Every(time.Minute), 10)
	o.commands = &inbox.Commands{
		Journal: o.journal, Memory: t.store, Captures: o.desk, Lock: o.lock.Load, Locked: o.locked, Logger: t.logger,
	}
	var err error
	o.keeper, err = activation.NewKeeper(ctx, activation.KeeperConfig{
		Store: t.store, URL: t.Cloud, Roots: t.Roots, Dial: t.Dial, Now: o.cloudTime, Renewed: o.tryCertificate, Logger: t.logger,
	})
	if err != nil {
		return err
	}
	o.link = link.New(link.Config{
		Address: o.address, Brokers: func() []string { return o.identity.Load().MQTT }, TLS: o.keeper.TLS, Now: o.cloudTime,
		Serve: o.serve, State: o.linkChanged, Refused: o.refused, Dial: t.Dial, Logger: t.logger,
	})
	t.stage.change(func(s *state) {
		s.starting, s.storage, s.activation = false, "", nil
		s.lock, s.revoked, s.settings = o.lock.Load(), o.revoked.Load(), o.settings()
		s.asked, s.invites = t.store.Asked() > 0, o.inviting.Open(ctx, t.store.CountPending())
	})
	o.count(ctx)
	o.showRoster(o.roster.State())
	if _, err := o.journal.Append(ctx, device.KindStarted, &wire.StartedPayload{Version: t.Version}, device.Effect{}); err != nil {
		// A full disk is no reason not to start: the screen will say so at each tap.
		t.logger.Error("start not in the journal", "error", err)
	}
	if err := o.tellSalvage(ctx); err != nil {
		t.logger.Error("salvage not told", "error", err) // the next start tries again
	}
	if n := t.store.Unreadable(); n > 0 {
		t.logger.Error("punches that can't be read", "count", n) // the cloud gets them as they are
	}
	return nil
}

// lockState is the lock as last committed.
type lockState struct{ atomic.Pointer[device.Lock] }

func (l *lockState) Load() device.Lock {
	if p := l.Pointer.Load(); p != nil {
		return *p
	}
	return device.Lock{}
}

func (l *lockState) set(v device.Lock) { l.Store(&v) }
