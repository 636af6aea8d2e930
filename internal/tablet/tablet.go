// Package tablet is the core of one attendance tablet: from a tap to its receipt,
// and from the journal to the cloud. It joins the machinery of device and sync.
//
// Where taps come from and what receipts are shown on is somebody else's:
// cmd/muster-tablet gives it libnfc and a window, a simulator gives it neither.
package tablet

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/health"
	"muster/device/journal"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/internal/failpoint"
	"muster/ui/scene"
)

// Kiosk is what a tablet shows things on. It must not block, and is never asked
// anything.
type Kiosk interface {
	Show(s scene.Scene)
	SetStatus(s scene.Status)
}

// Reader is where taps come from.
type Reader interface {
	// Run works until ctx ends.
	Run(ctx context.Context) error
	// Taps delivers debounced taps.
	Taps() <-chan attendance.Tap
	// States delivers how the reader is, whenever that changes.
	States() <-chan device.ReaderReport
}

// Config is what a tablet is made of. Nothing in it is shared with another tablet
// unless whoever makes both shares it.
type Config struct {
	Data     string         // folder of everything it keeps; made where there is none
	Cloud    string         // the cloud's device address, "https://host:port"
	Roots    *x509.CertPool // the cloud's authority; nobody else is believed
	Reader   Reader
	NoReader bool // told to do without one
	Kiosk    Kiosk
	Intents  *Intents
	Clock    journal.Source // nil: the machine's
	// OpenStore opens the store in Data; nil: store.Open.
	OpenStore func(ctx context.Context, dir string) (*store.Store, error)
	// Dial opens the tablet's TCP connections; nil: really.
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Hardware string // what it is, for the manager who approves it
	Version  string
	Logger   *slog.Logger // nil: slog's default
}

// Tablet is one attendance tablet. Make one with Open, let it Run, and Close it.
type Tablet struct {
	Config
	stage   *stage
	started time.Time
	logger  *slog.Logger

	store   *store.Store
	clock   *journal.Clock
	monitor *health.Monitor
	office  *office

	readerState  device.ReaderReport // as last told
	storeFailing bool                // the last tap could not be stored
}

// Open prepares everything that can't fail later: the kiosk shows something from
// here on. A store that doesn't open is shown, and waited for, by Run.
func Open(c Config) (*Tablet, error) {
	t := &Tablet{Config: c, started: time.Now(), logger: c.Logger}
	if t.logger == nil {
		t.logger = slog.Default()
	}
	if t.OpenStore == nil {
		t.OpenStore = store.Open
	}
	if t.Clock == nil {
		system, err := journal.OpenSystem()
		if err != nil {
			return nil, err
		}
		t.Clock = system
	}
	t.stage = newStage(c.Kiosk, state{starting: true, reader: device.ReaderStarting, noReader: c.NoReader})
	t.stage.setStatus(func(s *scene.Status) { s.Link.Since, s.Reader = t.started, device.ReaderStarting })
	return t, nil
}

// Run is the tablet's life: it becomes somebody, then it attends. It ends with
// ctx.
func (t *Tablet) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running.Go(func() { _ = t.Reader.Run(ctx) }) // its end is ctx's

	for {
		err := t.serveAsOne(ctx)
		if !errors.Is(err, errAnew) {
			return err
		}
		if err := t.beginAnew(); err != nil {
			return err
		}
	}
}

// serveAsOne is the life of one identity, until ctx ends or, with errAnew, a
// revoked tablet is to become somebody again.
func (t *Tablet) serveAsOne(ctx context.Context) error {
	if err := t.openStore(ctx); err != nil {
		return err
	}
	if err := t.becomeSomebody(ctx); err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running.Go(func() { t.office.keepInTouch(ctx) })
	return t.attend(ctx)
}

// Close ends the tablet. Everything that was shown as stored is on the disk.
func (t *Tablet) Close() error {
	t.stage.close()
	if t.store == nil {
		return nil
	}
	return t.store.Close()
}

// attend is the loop that everything hangs on.
func (t *Tablet) attend(ctx context.Context) error {
	clock, lobby := timeclock.New(timeclock.Config{
		Roster: t.store, History: t.store, Journal: t.office.journal, Identity: *t.office.identity.Load(),
		Settings: t.office.settings, Lock: t.office.lock.Load, Floor: func() time.Time { return t.office.floor }, Offline: t.office.line.Offline, Logger: t.logger,
	}), newLobby(t)
	t.Intents.bindJoining(lobby)
	defer t.Intents.bindJoining(nil)
	registrar := newRegistrar(t)
	t.Intents.bindInvites(registrar)
	defer t.Intents.bindInvites(nil)
	t.readerChanged(ctx, t.readerState) // what it told meanwhile
	anew := make(chan struct{}, 1)
	t.Intents.bindAnew(func() {
		if t.office.revoked.Load() {
			notify(anew)
		}
	})
	defer t.Intents.bindAnew(nil)
	for {
		select {
		case tap := <-t.Reader.Taps():
			failpoint.Pass(failpoint.Tapped)
			if t.office.revoked.Load() {
				t.refuse(attendance.Revoked)
				continue
			}
			if t.capture(ctx, tap) {
				continue
			}
			if registrar.lookUp(ctx, clock, tap) || lobby.lookUp(ctx, clock, tap) {
				continue
			}
			receipt := clock.Punch(ctx, tap)
			joining, then := lobby.greet(ctx, receipt)
			t.show(ctx, receipt, joining)
			then()
		case do := <-lobby.asked:
			do(ctx)
		case do := <-registrar.asked:
			do(ctx)
		case <-t.office.heard:
			registrar.heard(ctx)
		case s := <-t.Reader.States():
			t.readerChanged(ctx, s)
		case <-anew:
			return errAnew
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// show answers a tap on the screen. The console hears at once that nothing can be
// stored, and that it can be again.
func (t *Tablet) show(ctx context.Context, r attendance.Receipt, joining scene.Joining) {
	failing := !r.Accepted && (r.Reason == attendance.StorageFull || r.Reason == attendance.StorageFault)
	if failing || r.Accepted && t.storeFailing {
		t.storeFailing = failing
		notify(t.office.changed)
	}
	settings := t.office.settings()
	answer := scene.Result{Receipt: r, Settings: settings, Joining: joining}
	if r.Profile.Photo != "" && r.Accepted {
		photo, err := t.store.Photo(ctx, r.Profile.Photo)
		if err != nil {
			t.logger.Warn("photo", "error", err)
		}
		answer.Photo = photo
	}
	failpoint.Pass(failpoint.Showing)
	t.stage.answer(answer, settings.ResultTime, func(*state) {})
	failpoint.Pass(failpoint.Shown)
}

// capture gives a tap to an open capture, and tells whether there was one.
func (t *Tablet) capture(ctx context.Context, tap attendance.Tap) bool {
	result, taken, err := t.office.desk.Tap(ctx, tap)
	if !taken {
		return false
	}
	answer := scene.Capture{Name: result.Capture.Name, Expires: result.Capture.Expires, Failed: result.Failed}
	switch {
	case err != nil:
		t.logger.Error("card not kept", "error", err)
		answer.Failed = timeclock.StorageReason(err)
	case result.Failed == "":
		answer.Done = true
	}
	t.stage.answer(answer, t.office.settings().ResultTime, func(s *state) {
		if answer.Done {
			s.capture = nil
		}
	})
	return true
}

// readerChanged takes note of how the reader is. The journal is told when it
// fails and when it is back.
func (t *Tablet) readerChanged(ctx context.Context, s device.ReaderReport) {
	if s.Reader == "" {
		return
	}
	t.readerShown(s)
	t.monitor.Reader(s.Reader, s.Detail)
	t.office.readerChanged(ctx, s)
}

// readerShown puts the reader's state on the screen.
func (t *Tablet) readerShown(s device.ReaderReport) {
	t.readerState = s
	t.stage.change(func(st *state) {
		// A reader that is being opened again is still the fault it was.
		if s.Reader == device.ReaderStarting && st.faulty() {
			return
		}
		st.reader, st.detail = s.Reader, s.Detail
	})
	t.stage.setStatus(func(st *scene.Status) { st.Reader = s.Reader })
}
