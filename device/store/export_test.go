package store

import (
	"path/filepath"
	"sync"

	"muster/internal/powercut"
)

var (
	syncsMu sync.Mutex
	syncs   = map[string]int{}
)

// NoteSyncs returns how often the note in a folder was made safe.
func NoteSyncs(dir string) int {
	syncsMu.Lock()
	defer syncsMu.Unlock()
	return syncs[dir]
}

type countedNote struct {
	*powercut.Beside
	dir string
}

func (c countedNote) Sync() error {
	syncsMu.Lock()
	syncs[c.dir]++
	syncsMu.Unlock()
	return c.Beside.Sync()
}

// What is written beside SQLite is recorded with what SQLite writes.
func init() {
	openNote = func(path string) (noteWriter, error) {
		f, err := powercut.OpenBeside(path)
		if err != nil {
			return nil, err
		}
		return countedNote{f, filepath.Dir(path)}, nil
	}
}
