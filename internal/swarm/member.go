package swarm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
	"muster/ui/scene"
)

// member is one tablet of the fleet, through all its lives.
type member struct {
	fleet *Fleet
	no    int
	name  string
	site  int
	code  string // the activation code from the console
	gate  gate

	taps     atomic.Int64 // cards held to the reader
	accepted atomic.Int64 // ticks shown
	sessions atomic.Int64 // connections with the cloud that came about
	epoch    atomic.Uint64

	mu   sync.Mutex // over what follows; held while a life changes
	life *life      // nil between a kill and the next start
	runs int        // folders used so far
}

func (m *member) refused(why attendance.Reason) {
	m.fleet.refused(why)
}

// folder names the data folder of a run.
func (m *member) folder(run int) string {
	return filepath.Join(m.fleet.Dir, fmt.Sprintf("tablet-%05d", m.no), fmt.Sprintf("run-%d", run))
}

// start begins the first life.
func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, err := m.begin(m.folder(m.runs))
	m.life = l
	return err
}

// now returns the running core, nil while there is none.
func (m *member) now() *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life
}

// tap holds a card to the reader, if the tablet runs.
func (m *member) tap(uid []byte) bool {
	l := m.now()
	if l == nil || !l.tap(uid) {
		return false
	}
	m.taps.Add(1)
	return true
}

// kill ends the core as near to kill -9 as one process can, and starts it again
// after a time: the cable goes out, what it shows is seen by nobody, and the next
// life begins from the files as they are on the disk at that moment, while the
// core still runs. What the dying core does afterwards goes into a folder that is
// thrown away.
func (m *member) kill(ctx context.Context, dark time.Duration) error {
	m.mu.Lock()
	l := m.life
	if l == nil {
		m.mu.Unlock()
		return nil
	}
	m.life = nil
	m.runs++
	next := m.folder(m.runs)
	m.mu.Unlock()

	m.fleet.cut(0, m) // first: nothing that is not in the copy may reach the cloud
	l.die()
	err := copyStore(l.dir, next)
	if err == nil && m.fleet.Sabotage != nil {
		err = m.fleet.Sabotage(next)
	}
	_ = l.end() // it is dead; nobody hears its last words
	err = errors.Join(err, os.RemoveAll(l.dir))
	pause(ctx, dark)
	m.fleet.join(m)
	if err != nil {
		return fmt.Errorf("kill %s: %w", m.name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.life, err = m.begin(next); err != nil {
		return fmt.Errorf("start %s again: %w", m.name, err)
	}
	return nil
}

// fill takes the room on the tablet's disk away for a time.
func (m *member) fill(ctx context.Context, d time.Duration) error {
	l := m.now()
	if l == nil {
		return nil
	}
	s := l.kept()
	if s == nil {
		return nil
	}
	if err := s.Quota(ctx, 0); err != nil {
		return ignoreEnd(l, err)
	}
	pause(ctx, d)
	return ignoreEnd(l, s.Quota(context.WithoutCancel(ctx), store.Unbounded))
}

// ignoreEnd passes over what goes wrong because the core was killed meanwhile.
func ignoreEnd(l *life, err error) error {
	select {
	case <-l.done:
		return nil
	default:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.dead {
			return nil
		}
		return err
	}
}

// activated tells whether the tablet is ready for cards and knows n people.
func (m *member) activated(ctx context.Context, n int) bool {
	l := m.now()
	if l == nil {
		return false
	}
	shown, status := l.now()
	if _, ready := shown.(scene.Ready); !ready || !status.Link.Online {
		return false
	}
	there, err := l.kept().Profiles(ctx)
	return err == nil && there >= n
}

// settled tells whether the cloud has everything, by the tablet's own words.
func (m *member) settled() bool {
	l := m.now()
	if l == nil {
		return false
	}
	_, status := l.now()
	return status.Link.Online && status.Waiting == 0 && len(l.taps) == 0
}

// broken tells whether the tablet needs somebody to mend it.
func (m *member) broken() bool {
	l := m.now()
	if l == nil {
		return false
	}
	shown, _ := l.now()
	switch s := shown.(type) {
	case scene.Fault:
		return s.Storage && s.Detail == device.ErrStorageDamaged.Error()
	case scene.Activation: // it has forgotten who it is, and its code is used up
		return s.UserCode != "" || s.Problem == wire.CodeUsedCode
	default:
		return false
	}
}

// online tells whether the tablet says that it is connected.
func (m *member) online() bool {
	l := m.now()
	if l == nil {
		return false
	}
	_, status := l.now()
	return status.Link.Online
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
