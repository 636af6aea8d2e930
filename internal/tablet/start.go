package tablet

import (
	"cmp"
	"context"
	"errors"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/activation"
	"muster/device/health"
	"muster/device/journal"
	"muster/device/timeclock"
	"muster/ui/scene"
)

// openStore opens the store, and goes on trying while something is wrong with it
// that somebody may mend meanwhile. The screen says what.
func (t *Tablet) openStore(ctx context.Context) error {
	for {
		s, err := t.OpenStore(ctx, t.Data)
		if err == nil {
			t.store = s
			break
		}
		if errors.Is(err, device.ErrStorageBusy) || ctx.Err() != nil {
			return err
		}
		if errors.Is(err, device.ErrStorageDamaged) {
			if err = t.salvage(ctx, err); err == nil {
				continue
			}
		}
		if err := t.showFault(ctx, err); err != nil {
			return err
		}
	}
	estimate, err := t.store.ClockEstimate(ctx)
	if err != nil {
		return err
	}
	head, err := t.store.Head(ctx)
	if err != nil && !errors.Is(err, device.ErrNoStream) {
		return err
	}
	t.clock = journal.NewClock(t.Clock, journal.Newest(t.Clock, estimate, head.Clock))
	t.monitor = health.New(t.store, t.Data, t.Version, t.started)
	return nil
}

// tryAgain is how long to wait before something that fails is tried again.
const tryAgain = 5 * time.Second

// attendTo keeps the reader's news flowing while no tap can be taken, until done.
// Each is refused with why.
func (t *Tablet) attendTo(ctx context.Context, done <-chan time.Time, why attendance.Reason) error {
	for {
		select {
		case <-t.Reader.Taps():
			t.refuse(why)
		case s := <-t.Reader.States():
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
	return t.attendTo(ctx, time.NewTimer(tryAgain).C, timeclock.StorageReason(err))
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
		Store: t.store, URL: t.Cloud, Roots: t.Roots, Dial: t.Dial, Hardware: t.Hardware, Version: t.Version, Logger: t.logger,
		Show: func(s activation.Stage) {
			t.stage.change(func(st *state) {
				st.starting, st.storage = false, ""
				if s.Step == activation.Fetching || st.activation == nil {
					st.answer = nil
				}
				st.activation = &scene.Activation{
					Step: scene.ActivationStep(s.Step), UserCode: s.UserCode, URL: s.URL, QR: s.Complete, Words: s.Words,
					Expires: s.Expires, Problem: s.Problem,
				}
			})
			// There is no session yet; that the cloud answers is what counts here.
			answers := s.Problem != activation.CodeOffline && (s.UserCode != "" || s.Step != 0)
			t.stage.setStatus(func(st *scene.Status) {
				if st.Link.Online != answers {
					st.Link = device.Link{Online: answers, Since: time.Now()}
				}
			})
		},
	})
	t.Intents.bind(a.EnterCode, a.NewCode)
	defer t.Intents.bind(nil, nil)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan time.Time)
	var failed error
	go func() {
		defer close(done)
		_, failed = a.Run(ctx)
	}()
	err := t.attendTo(ctx, done, attendance.NotReady)
	cancel()
	<-done
	return errors.Join(failed, err)
}

// refuse answers a tap that nothing is done with, because of how the tablet is:
// nobody goes away believing that they are in, and nothing of the card is kept.
func (t *Tablet) refuse(why attendance.Reason) {
	refused := scene.Result{Receipt: attendance.Receipt{Reason: why}}
	if t.office != nil {
		refused.Settings = t.office.settings()
	}
	t.stage.answer(refused, cmp.Or(refused.Settings.ResultTime, device.DefaultResultTime), func(*state) {})
}
