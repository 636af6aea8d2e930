// Package powercut shows what a disk may hold after the power went: it records
// what SQLite writes and when SQLite has it made safe, and rebuilds the files as
// they may be found after a cut at any point, with everything lost, torn or
// overtaken that was not made safe.
//
// It needs no privileges and no file system of its own: the recording is a thin
// layer between SQLite and its usual way to files, in the process of a test. The
// stores under test don't know of it.
//
// What it does not see: files that are written around SQLite, unless by OpenBeside, and whether the
// kernel and the disk do as they are told when SQLite asks for a sync.
package powercut

import (
	"path/filepath"
	"strings"
	"sync"
)

// kind is what happened.
type kind int

const (
	opened kind = iota
	written
	truncated
	synced
	deleted
	marked
)

type event struct {
	kind      kind
	path      string
	at        int64 // offset, or new size
	data      []byte
	directory bool // synced, deleted: the directory was synced too
	mark      any
}

// Recording is everything that happened to SQLite's files in a folder.
type Recording struct {
	dir string

	mu     sync.Mutex
	events []event
}

var (
	mu         sync.RWMutex
	recordings []*Recording
)

// of returns the recording that a file belongs to, or nil.
func of(path string) *Recording {
	mu.RLock()
	defer mu.RUnlock()
	for _, r := range recordings {
		if filepath.Dir(path) == r.dir && !strings.HasSuffix(path, "-shm") {
			return r
		}
	}
	return nil
}

// Record records what SQLite does in an empty folder, which is named without
// symbolic links, on connections that are opened from now on, until Stop.
func Record(dir string) (*Recording, error) {
	if err := install(); err != nil {
		return nil, err
	}
	r := &Recording{dir: filepath.Clean(dir)}
	mu.Lock()
	defer mu.Unlock()
	recordings = append(recordings, r)
	return r, nil
}

// Stop ends the recording.
func (r *Recording) Stop() {
	mu.Lock()
	defer mu.Unlock()
	for i, other := range recordings {
		if other == r {
			recordings = append(recordings[:i], recordings[i+1:]...)
			return
		}
	}
}

// Mark notes that something was said to the world at this point.
func (r *Recording) Mark(v any) { r.add(event{kind: marked, mark: v}) }

func (r *Recording) add(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// Len returns how many points there are to cut at, and one more: a cut at 0 is
// before everything, a cut at Len after everything.
func (r *Recording) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.events)
}
