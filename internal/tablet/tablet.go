package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/health"
	"muster/device/journal"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/internal/failpoint"
	"muster/nfc/reader"
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

	readerState  reader.State // as last told
	storeFailing bool         // the last tap could not be stored
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
			failpoint.Pass(failpoint.Tapped)
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

// show answers a tap on the screen. The console hears at once that nothing can be
// stored, and that it can be again.
func (t *Tablet) show(ctx context.Context, r attendance.Receipt) {
	if r.Reason == attendance.NotReady {
		return // the admin's message is the answer, and it is on the screen
	}
	failing := !r.Accepted && (r.Reason == attendance.StorageFull || r.Reason == attendance.StorageFault)
	if failing || r.Accepted && t.storeFailing {
		t.storeFailing = failing
		notify(t.office.changed)
	}
	settings := t.office.settings()
	scene := ui.Result{Receipt: r, Settings: settings}
	if r.Profile.Photo != "" && r.Accepted {
		photo, err := t.store.Photo(ctx, r.Profile.Photo)
		if err != nil {
			t.logger.Warn("photo", "error", err)
		}
		scene.Photo = photo
	}
	failpoint.Pass(failpoint.Showing)
	t.stage.answer(scene, settings.ResultTime, func(*state) {})
	failpoint.Pass(failpoint.Shown)
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
