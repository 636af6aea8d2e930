package powercut

import (
	"os"
	"path/filepath"
)

// Beside is a file that a program writes beside SQLite's: what happens to it is part
// of a recording of its folder, if there is one.
type Beside struct{ f *os.File }

// OpenBeside opens a file for writing, and makes it where there is none: then the
// name of it is on the disk for certain.
func OpenBeside(path string) (*Beside, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	b := &Beside{f}
	b.tell(event{kind: opened})
	b.tell(event{kind: synced, directory: true})
	return b, nil
}

func (b *Beside) tell(e event) {
	e.path = filepath.Clean(b.f.Name())
	if r := of(e.path); r != nil {
		r.add(e)
	}
}

// WriteAt is os.File's.
func (b *Beside) WriteAt(p []byte, at int64) (int, error) {
	n, err := b.f.WriteAt(p, at)
	b.tell(event{kind: written, at: at, data: append([]byte(nil), p[:n]...)})
	return n, err
}

// Sync is os.File's.
func (b *Beside) Sync() error {
	err := b.f.Sync()
	if err == nil {
		b.tell(event{kind: synced})
	}
	return err
}

// Close is os.File's.
func (b *Beside) Close() error { return b.f.Close() }
