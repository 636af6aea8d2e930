package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/activation"
	"muster/device/enrolment"
	"muster/device/health"
	"muster/device/journal"
	"muster/device/roster"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/nfc/reader"
	"muster/sync/wire"
	"muster/ui"
)

// Tablet is one attendance tablet. Make one with Open, let it Run, and Close it.
type Tablet struct {
	options
	roots   *x509.CertPool
	inputs  *intents
	stage   *stage
	reader  *reader.Reader
	started time.Time
	logger  *slog.Logger

	store   *store.Store
	clock   *journal.Clock
	system  journal.System
	monitor *health.Monitor
	office  *office

	readerState reader.State // as last told
}

// Open prepares everything that can't fail later: the kiosk shows something from
// here on. A store that doesn't open is shown, and waited for, by Run.
func Open(ctx context.Context, o options, k kiosk, inputs *intents) (*Tablet, error) {
	t := &Tablet{options: o, inputs: inputs, started: time.Now(), logger: slog.Default()}
	var err error
	if t.roots, err = readAuthority(o.CloudCA); err != nil {
		return nil, err
	}
	if t.system, err = journal.OpenSystem(); err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	t.reader = reader.New(reader.Config{
		Connstring: o.Reader, Command: []string{exe, "reader-child"},
		Debounce: func() time.Duration { return reReadPause }, Logger: t.logger,
	})
	t.stage = newStage(k, state{starting: true, reader: device.ReaderStarting, noReader: o.Reader == reader.None})
	t.stage.setStatus(func(s *ui.Status) { s.Link.Since, s.Reader = t.started, device.ReaderStarting })
	return t, nil
}

// reReadPause is how long a card must have been away for the reader to report it
// again. The site's debounce time is the time clock's business: it has an answer
// for somebody who taps twice.
const reReadPause = 400 * time.Millisecond

func readAuthority(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, errors.New("--cloud-ca is missing: without the cloud's authority nobody could be believed")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the cloud's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read the cloud's authority: %s holds no certificate in PEM", path)
	}
	return pool, nil
}

// Run is the tablet's life: it becomes somebody, then it attends. It ends with
// ctx.
func (t *Tablet) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running.Go(func() { _ = t.reader.Run(ctx) }) // its end is ctx's

	if err := t.openStore(ctx); err != nil {
		return err
	}
	if err := t.becomeSomebody(ctx); err != nil {
		return err
	}
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
	clock := timeclock.New(timeclock.Config{
		Roster: t.store, History: t.store, Journal: t.office.journal, Identity: *t.office.identity.Load(),
		Settings: t.office.settings, Lock: t.office.lock.Load, Floor: func() time.Time { return t.office.floor }, Logger: t.logger,
	})
	t.readerChanged(ctx, t.readerState) // what it told meanwhile
	for {
		select {
		case tap := <-t.reader.Taps():
			if t.office.revoked.Load() {
				continue
			}
			if t.capture(ctx, tap) {
				continue
			}
			t.show(ctx, clock.Punch(ctx, tap))
		case s := <-t.reader.States():
			t.readerChanged(ctx, s)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// show answers a tap on the screen.
func (t *Tablet) show(ctx context.Context, r attendance.Receipt) {
	settings := t.office.settings()
	scene := ui.Result{Receipt: r, Settings: settings}
	if r.Profile.Photo != "" && r.Accepted {
		photo, err := t.store.Photo(ctx, r.Profile.Photo)
		if err != nil {
			t.logger.Warn("photo", "error", err)
		}
		scene.Photo = photo
	}
	t.stage.answer(scene, settings.ResultTime, func(*state) {})
}

// capture gives a tap to an open capture, and tells whether there was one.
func (t *Tablet) capture(ctx context.Context, tap attendance.Tap) bool {
	result, taken, err := t.office.desk.Tap(ctx, tap)
	if !taken {
		return false
	}
	scene := ui.Capture{Name: result.Capture.Name, Expires: result.Capture.Expires, Failed: result.Failed}
	switch {
	case err != nil:
		t.logger.Error("card not kept", "error", err)
		scene.Failed = timeclock.StorageReason(err)
	case result.Failed == "":
		scene.Done = true
	}
	t.stage.answer(scene, t.office.settings().ResultTime, func(s *state) {
		if scene.Done {
			s.capture = nil
		}
	})
	return true
}

// readerChanged takes note of how the reader is. The journal is told when it
// fails and when it is back.
func (t *Tablet) readerChanged(ctx context.Context, s reader.State) {
	if s.Reader == "" {
		return
	}
	t.readerShown(s)
	t.monitor.Reader(s.Reader, s.Detail)
	t.office.readerChanged(ctx, s)
}

// readerShown puts the reader's state on the screen.
func (t *Tablet) readerShown(s reader.State) {
	t.readerState = s
	t.stage.change(func(st *state) {
		// A reader that is being opened again is still the fault it was.
		if s.Reader == device.ReaderStarting && st.faulty() {
			return
		}
		st.reader, st.detail = s.Reader, s.Detail
	})
	t.stage.setStatus(func(st *ui.Status) { st.Reader = s.Reader })
}

// openStore opens the store, and goes on trying while something is wrong with it
// that somebody may mend meanwhile. The screen says what.
func (t *Tablet) openStore(ctx context.Context) error {
	for {
		s, err := store.Open(ctx, t.Data)
		if err == nil {
			t.store = s
			break
		}
		if errors.Is(err, device.ErrStorageBusy) || ctx.Err() != nil {
			return err
		}
		if err := t.showFault(ctx, err); err != nil {
			return err
		}
	}
	estimate, err := t.store.ClockEstimate(ctx)
	if err != nil {
		return err
	}
	t.clock = journal.NewClock(t.system, estimate)
	t.monitor = health.New(t.store, t.Data, version(), t.started)
	return nil
}

// tryAgain is how long to wait before something that fails is tried again.
const tryAgain = 5 * time.Second

// attendTo keeps the reader's news flowing while there is nothing a tap could
// do, until done.
func (t *Tablet) attendTo(ctx context.Context, done <-chan time.Time) error {
	for {
		select {
		case <-t.reader.Taps():
		case s := <-t.reader.States():
			t.readerShown(s)
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// showFault shows what is wrong with the store, for a time.
func (t *Tablet) showFault(ctx context.Context, err error) error {
	t.logger.Error("store", "error", err)
	t.stage.change(func(s *state) { s.starting, s.storage = false, brief(err) })
	return t.attendTo(ctx, time.NewTimer(tryAgain).C)
}

// brief puts a failure of the store into one short line.
func brief(err error) string {
	for _, known := range []error{device.ErrStorageFull, device.ErrStorageReadOnly, device.ErrStorageDamaged, device.ErrStorageBusy} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// becomeSomebody opens the office of an activated tablet, after an activation
// if need be. What is wrong with the store is shown, and tried again.
func (t *Tablet) becomeSomebody(ctx context.Context) error {
	for {
		identity, ok, err := t.store.Identity(ctx)
		switch {
		case err != nil:
		case ok:
			if t.office, err = t.openOffice(ctx, identity); err == nil {
				return nil
			}
		default:
			err = t.activate(ctx)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			continue
		}
		if err := t.showFault(ctx, err); err != nil {
			return err
		}
	}
}

// activate shows an activation until it is through.
func (t *Tablet) activate(ctx context.Context) error {
	a := activation.New(activation.Config{
		Store: t.store, URL: t.Cloud, Roots: t.roots, Hardware: hardware(), Version: version(), Logger: t.logger,
		Show: func(s activation.Stage) {
			t.stage.change(func(st *state) {
				st.starting, st.storage = false, ""
				st.activation = &ui.Activation{
					Step: ui.ActivationStep(s.Step), UserCode: s.UserCode, URL: s.URL, QR: s.Complete, Words: s.Words,
					Expires: s.Expires, Problem: s.Problem,
				}
			})
		},
	})
	t.inputs.bind(a.EnterCode, a.NewCode)
	defer t.inputs.bind(nil, nil)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan time.Time)
	var failed error
	go func() {
		defer close(done)
		_, failed = a.Run(ctx)
	}()
	err := t.attendTo(ctx, done)
	cancel()
	<-done
	return errors.Join(failed, err)
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

// openOffice opens what an activated tablet works with.
func (t *Tablet) openOffice(ctx context.Context, identity device.Identity) (*office, error) {
	o := &office{tablet: t}
	o.identity.Store(&identity)
	o.address = wire.Address{Org: identity.Org, Device: identity.Device}
	var err error
	if o.journal, err = journal.Open(ctx, t.store, t.clock); err != nil {
		return nil, err
	}
	if o.roster, err = roster.Open(ctx, t.store, o.cloudTime, t.logger); err != nil {
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
	o.desk = enrolment.New(o.journal, func() attendance.CardKey { return o.settings().CardKey })
	return o, o.open(ctx)
}

// floor returns the latest moment that the tablet knows has passed: what its
// clock said when it last wrote or heard something.
func (t *Tablet) floor(ctx context.Context) (time.Time, error) {
	head, err := t.store.Head(ctx)
	if err != nil {
		return time.Time{}, err
	}
	heard, err := t.store.FeedTime(ctx)
	if written := head.Clock.Cloud(); head.Seq > 0 && written.After(heard) {
		return written, err
	}
	return heard, err
}
