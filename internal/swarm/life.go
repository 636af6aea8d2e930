package swarm

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
	"muster/internal/tablet"
	"muster/ui/scene"
)

// life is a core from one start of its program to its end. It is the core's
// kiosk, its reader and the person in front of it.
type life struct {
	member  *member
	dir     string
	intents *tablet.Intents
	taps    chan attendance.Tap
	states  chan device.ReaderReport
	cancel  context.CancelFunc
	done    chan struct{}

	mu     sync.Mutex
	dead   bool // what it shows from now on is seen by nobody
	status scene.Status
	store  *store.Store
	scene  scene.Scene
	err    error
}

// begin starts a core on a folder.
func (m *member) begin(dir string) (*life, error) {
	l := &life{
		member: m, dir: dir, intents: tablet.NewIntents(), taps: make(chan attendance.Tap, 64),
		states: make(chan device.ReaderReport, 1), done: make(chan struct{}),
	}
	l.states <- device.ReaderReport{Reader: device.ReaderReady, Detail: "swarm"}
	t, err := tablet.Open(tablet.Config{
		Data: dir, Cloud: m.fleet.Device, Roots: m.fleet.roots, Reader: l, Kiosk: l, Intents: l.intents, OpenStore: l.open,
		Dial: m.gate.dial, Hardware: "swarm", Version: "swarm", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	go func() {
		defer close(l.done)
		err := t.Run(ctx)
		if ctx.Err() != nil {
			err = nil
		}
		l.err = errors.Join(err, t.Close())
	}()
	return l, nil
}

func (l *life) open(ctx context.Context, dir string) (*store.Store, error) {
	s, err := store.Open(ctx, dir)
	if err == nil {
		l.mu.Lock()
		l.store = s
		l.mu.Unlock()
	}
	return s, err
}

// Run implements tablet.Reader.
func (l *life) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// Taps implements tablet.Reader.
func (l *life) Taps() <-chan attendance.Tap { return l.taps }

// States implements tablet.Reader.
func (l *life) States() <-chan device.ReaderReport { return l.states }

// tap holds a card to the reader; false: the queue in front of it is too long.
func (l *life) tap(uid []byte) bool {
	select {
	case l.taps <- attendance.Tap{UID: uid, Technology: "swarm", At: time.Now()}:
		return true
	default:
		return false
	}
}

// Show implements tablet.Kiosk.
func (l *life) Show(s scene.Scene) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return
	}
	l.scene = s
	m := l.member
	switch s := s.(type) {
	case scene.Activation:
		if s.Step == scene.AskingForCode {
			l.intents.EnterCode(m.code)
		}
	case scene.Result:
		r := s.Receipt
		if !r.Accepted {
			m.refused(r.Reason)
			return
		}
		m.accepted.Add(1)
		m.fleet.ledger.shown(string(r.Punch.ID), tick{
			member: m.no, shown: time.Now(), epoch: m.epoch.Load(), live: l.status.Link.Online,
		})
	}
}

// SetStatus implements tablet.Kiosk.
func (l *life) SetStatus(s scene.Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return
	}
	switch {
	case s.Link.Online && !l.status.Link.Online:
		if _, claiming := l.scene.(scene.Activation); !claiming && l.scene != nil {
			l.member.sessions.Add(1)
		}
	case !s.Link.Online && l.status.Link.Online:
		l.member.epoch.Add(1)
	}
	l.status = s
}

// now returns what the screen says.
func (l *life) now() (scene.Scene, scene.Status) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.scene, l.status
}

// kept returns the store, nil before it is open.
func (l *life) kept() *store.Store {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.store
}

// die is the moment of a kill: nobody sees what comes after it.
func (l *life) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.status.Link.Online {
		l.member.epoch.Add(1)
	}
	l.dead = true
}

// end ends the core, in order or after it died, and waits for it.
func (l *life) end() error {
	l.cancel()
	<-l.done
	return l.err
}
