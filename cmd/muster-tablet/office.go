package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"muster/attendance"
	"muster/device"
	"muster/device/activation"
	"muster/device/enrolment"
	"muster/device/journal"
	"muster/device/roster"
	"muster/nfc/reader"
	"muster/sync/inbox"
	"muster/sync/link"
	"muster/sync/wire"
	"muster/ui"
)

// office is everything behind the loop: what the tablet keeps for the cloud and
// hears from it. Nothing in it ever holds up a tap.
type office struct {
	tablet   *Tablet
	address  wire.Address
	identity atomic.Pointer[device.Identity]
	journal  *journal.Journal
	roster   *roster.Roster
	desk     *enrolment.Desk
	commands *inbox.Commands
	clock    inbox.Estimator // belongs to the session that is being served
	pulls    inbox.Pulls     // as well
	keeper   *activation.Keeper
	link     *link.Link

	floor   time.Time // a moment that has certainly passed
	lock    lockState
	revoked atomic.Bool

	rows    chan struct{} // there are rows to send
	changed chan struct{} // something the console should know at once
	over    chan struct{} // the tablet is revoked
	hang    chan struct{} // the session is to end
	kept    device.ClockEstimate

	readerRows *rate.Limiter
	mu         sync.Mutex
	readerTold device.ReaderState // the last state that the journal was told
	checkAfter time.Time          // when a refused tablet may ask again why
	checks     int
}

func (o *office) open(ctx context.Context) error {
	t := o.tablet
	for _, c := range []*chan struct{}{&o.rows, &o.changed, &o.hang, &o.over} {
		*c = make(chan struct{}, 1)
	}
	o.readerRows = rate.NewLimiter(rate.Every(time.Minute), 10)
	o.commands = &inbox.Commands{
		Journal: o.journal, Memory: t.store, Captures: o.desk, Lock: o.lock.Load, Locked: o.locked, Logger: t.logger,
	}
	var err error
	o.keeper, err = activation.NewKeeper(ctx, activation.KeeperConfig{
		Store: t.store, URL: t.Cloud, Roots: t.roots, Now: o.cloudTime, Renewed: o.tryCertificate, Logger: t.logger,
	})
	if err != nil {
		return err
	}
	o.link = link.New(link.Config{
		Address: o.address, Brokers: func() []string { return o.identity.Load().MQTT }, TLS: o.keeper.TLS, Now: o.cloudTime,
		Serve: o.serve, State: o.linkChanged, Refused: o.refused, Logger: t.logger,
	})
	t.stage.change(func(s *state) {
		s.starting, s.storage, s.activation = false, "", nil
		s.lock, s.revoked, s.settings = o.lock.Load(), o.revoked.Load(), o.settings()
	})
	o.count(ctx)
	if _, err := o.journal.Append(ctx, device.KindStarted, &wire.StartedPayload{Version: version()}, device.Effect{}); err != nil {
		// A full disk is no reason not to start: the screen will say so at each tap.
		t.logger.Error("start not in the journal", "error", err)
	}
	return nil
}

// settings returns what the site has set, with the tablet's own name as the
// cloud last told it.
func (o *office) settings() device.Settings {
	s := o.roster.Settings()
	s.Device = o.identity.Load().Name
	return s
}

func (o *office) cloudTime() time.Time { return o.journal.Now().Cloud() }

// keepInTouch does everything beside the loop until ctx ends or the tablet is
// revoked.
func (o *office) keepInTouch(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { o.watch(ctx) })
	if o.revoked.Load() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the wait
	running.Go(func() { o.link.Run(ctx) })
	running.Go(func() {
		if err := o.keeper.Run(ctx); errors.Is(err, activation.ErrRevoked) {
			o.revoke(ctx)
		}
	})
	select {
	case <-ctx.Done():
	case <-o.over:
	}
}

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
				pruned = time.Now()
				o.prune(ctx)
			}
		}
	}
}

// prune drops what is old, but only by a clock that can be believed: one that
// stands in the future would take today's punches with it.
func (o *office) prune(ctx context.Context) {
	now := o.journal.Now()
	if now.Trust != attendance.TrustEstimated {
		return
	}
	if _, err := o.tablet.store.Prune(ctx, now.Device.Add(-keepFor).UnixMicro()); err != nil {
		o.tablet.logger.Error("prune", "error", err)
	}
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
		s.capture = &ui.Capture{Name: c.Name, Expires: c.Expires}
	})
}

// count shows how many rows wait for the cloud.
func (o *office) count(ctx context.Context) {
	n, _, err := o.tablet.store.Waiting(ctx)
	if err != nil {
		o.tablet.logger.Error("count what waits", "error", err)
		return
	}
	o.tablet.stage.setStatus(func(s *ui.Status) { s.Waiting = n })
}

func (o *office) linkChanged(l device.Link) {
	o.tablet.stage.setStatus(func(s *ui.Status) {
		if !l.Online && !s.Link.Online {
			l.Since = s.Link.Since // one more attempt, the same outage
		}
		s.Link = l
	})
}

// locked shows a lock that was committed.
func (o *office) locked(l device.Lock) {
	o.lock.set(l)
	o.tablet.stage.change(func(s *state) { s.lock = l })
	notify(o.changed)
}

// readerChanged tells the cloud about the reader.
func (o *office) readerChanged(ctx context.Context, s reader.State) {
	notify(o.changed)
	o.mu.Lock()
	defer o.mu.Unlock()
	failing := s.Reader == device.ReaderMissing || s.Reader == device.ReaderFailing
	wasFailing := o.readerTold == device.ReaderMissing || o.readerTold == device.ReaderFailing
	news := failing && s.Reader != o.readerTold || s.Reader == device.ReaderReady && wasFailing
	// A loose plug must not fill the journal; the pulse tells the state all the same.
	if !news || o.tablet.stage.noReader() || !o.readerRows.Allow() {
		return
	}
	_, err := o.journal.Append(ctx, device.KindReader, &wire.ReaderPayload{State: string(s.Reader), Detail: s.Detail}, device.Effect{})
	if err != nil {
		o.tablet.logger.Error("reader's state not in the journal", "error", err)
		return
	}
	o.readerTold = s.Reader
}

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

// notify leaves a sign that something happened; one is enough.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
