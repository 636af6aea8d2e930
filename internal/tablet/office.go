package tablet

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

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
	"muster/ui/scene"
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
	inviting *inviting.Desk
	commands *inbox.Commands
	clock    inbox.Estimator // belongs to the session that is being served
	left     *leftBox        // as well
	keeper   *activation.Keeper
	link     *link.Link
	line     *timeclock.Line

	floor   time.Time // a moment that has certainly passed
	lock    lockState
	revoked atomic.Bool

	rows    chan struct{} // there are rows to send
	changed chan struct{} // something the console should know at once
	heard   chan struct{} // the feed has told something
	over    chan struct{} // the tablet is revoked
	hang    chan struct{} // the session is to end
	kept    device.ClockEstimate

	counting   sync.Mutex // what waits, and showing it
	readerRows *rate.Limiter
	mu         sync.Mutex
	readerTold device.ReaderState // the last state that the journal was told
	checkAfter time.Time          // when a refused tablet may ask again why
	checks     int
}

// settings returns what the site has set, with the tablet's own name as the
// cloud last told it: on the feed, or else with the certificate.
func (o *office) settings() device.Settings {
	s := o.roster.Settings()
	if s.Device == "" {
		s.Device = o.identity.Load().Name
	}
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
	member, cancel := context.WithCancel(ctx) // for as long as the tablet is one of the fleet
	defer cancel()                            // before the wait
	running.Go(func() { o.link.Run(member) })
	running.Go(func() {
		if err := o.keeper.Run(member); errors.Is(err, activation.ErrRevoked) {
			o.revoke(member)
		}
	})
	select {
	case <-member.Done():
	case <-o.over:
	}
}

func (o *office) linkChanged(l device.Link) {
	o.line.Changed(l.Online)
	o.tablet.stage.setStatus(func(s *scene.Status) {
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
func (o *office) readerChanged(ctx context.Context, s device.ReaderReport) {
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

// notify leaves a sign that something happened; one is enough.
func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
