package powercut

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// inode is one file: what is certainly on the disk and what may be.
type inode struct {
	safe    []byte
	pending []event // written and truncated since it was made safe
}

// disk is what the files are at a point of a recording.
type disk struct {
	now  map[string]*inode // the names that a program sees
	safe map[string]*inode // the names that are certainly on the disk
}

// Cut writes into an empty folder what may be found after the power went just
// before event n, and returns the marks of until then. The dice decide what
// becomes of everything that was not made safe; the same dice, the same files.
func (r *Recording) Cut(n int, dice *rand.Rand, into string) (marks []any, err error) {
	r.mu.Lock()
	events := r.events[:n:n]
	r.mu.Unlock()
	d := disk{now: map[string]*inode{}, safe: map[string]*inode{}}
	for _, e := range events {
		if e.kind == marked {
			marks = append(marks, e.mark)
			continue
		}
		d.apply(e)
	}
	return marks, d.write(dice, into)
}

func (d *disk) apply(e event) {
	f := d.now[e.path]
	if f == nil && e.kind != deleted {
		f = &inode{} // made here, or by somebody else and empty
		d.now[e.path] = f
	}
	switch e.kind {
	case written, truncated:
		f.pending = append(f.pending, e)
	case synced:
		for _, p := range f.pending {
			f.safe = p.on(f.safe, 0, len(p.data))
		}
		f.pending = nil
	case deleted:
		delete(d.now, e.path)
	}
	if e.directory {
		d.safe = map[string]*inode{}
		for name, f := range d.now {
			d.safe[name] = f
		}
	}
}

// on puts a part of what an event wrote into a file.
func (e event) on(b []byte, from, to int) []byte {
	if e.kind == truncated {
		if int(e.at) <= len(b) {
			return slices.Clone(b[:e.at])
		}
		return append(slices.Clone(b), make([]byte, int(e.at)-len(b))...)
	}
	if end := int(e.at) + to; end > len(b) {
		b = append(b, make([]byte, end-len(b))...)
	}
	copy(b[int(e.at)+from:], e.data[from:to])
	return b
}

// write puts files into a folder as the dice decide.
func (d *disk) write(dice *rand.Rand, into string) error {
	var names []string
	for _, m := range []map[string]*inode{d.now, d.safe} {
		for name := range m {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names) // so that the dice fall the same way each time
	mood := dice.IntN(4)
	for _, name := range names {
		f := d.now[name]
		if f != d.safe[name] && dice.IntN(2) == 0 {
			f = d.safe[name]
		}
		if f == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(into, filepath.Base(name)), f.after(dice, mood), 0o600); err != nil {
			return fmt.Errorf("disk after a cut: %w", err)
		}
	}
	return nil
}

// after returns what of a file is found. In one mood everything has made it to
// the disk, in another nothing, otherwise each sector for itself; where the file
// has grown and its bytes have not come, there is nothing or anything.
func (f *inode) after(dice *rand.Rand, mood int) []byte {
	b := slices.Clone(f.safe)
	for _, e := range f.pending {
		if e.kind == truncated {
			if mood == 0 || mood > 1 && dice.IntN(2) == 0 {
				b = e.on(b, 0, 0)
			}
			continue
		}
		for from := 0; from < len(e.data); {
			to := min(len(e.data), from+sector-(int(e.at)+from)%sector)
			switch {
			case mood == 0 || mood > 1 && dice.IntN(2) == 0:
				b = e.on(b, from, to)
			case mood == 3 && int(e.at)+from >= len(b):
				garbage := event{kind: written, at: e.at, data: make([]byte, len(e.data))}
				for i := from; i < to; i++ {
					garbage.data[i] = byte(dice.Uint32())
				}
				b = garbage.on(b, from, to)
			}
			from = to
		}
	}
	return b
}

// Clear empties a folder for the next cut.
func Clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("clear: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear: %w", err)
		}
	}
	return nil
}
