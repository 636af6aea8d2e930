package pn532sim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Reader is a Chip behind a pseudo-terminal. It is safe for concurrent use.
type Reader struct {
	link string

	mu      sync.Mutex
	chip    *Chip
	line    *terminal // nil: unplugged
	serving chan struct{}
	timer   *time.Timer
	changed chan struct{} // closed at the next change of anything a page would show
	closed  bool
}

// ErrClosed is the answer of a Reader that has been closed.
var ErrClosed = errors.New("the simulated reader is closed")

// Open plugs in a reader. If link is not empty, it becomes a symbolic link to
// the terminal and stays the same from one Plug to the next; a link that is there
// is replaced, anything else there is an error.
func Open(link string) (*Reader, error) {
	r := &Reader{link: link, chip: NewChip(), changed: make(chan struct{})}
	if err := r.Plug(); err != nil {
		return nil, err
	}
	return r, nil
}

// Plug plugs the reader in, on a new terminal. One that is plugged in stays as it is.
func (r *Reader) Plug() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return ErrClosed
	case r.line != nil:
		return nil
	}
	line, err := openTerminal()
	if err != nil {
		return err
	}
	if r.link != "" {
		if err := relink(line.path, r.link); err != nil {
			line.close()
			return err
		}
	}
	r.chip.reset()
	r.line, r.serving = line, make(chan struct{})
	go r.serve(line, r.serving)
	r.change()
	return nil
}

// relink points link to target in one step.
func relink(target, link string) error {
	if info, err := os.Lstat(link); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is there and is no symbolic link", link)
	}
	next := filepath.Join(filepath.Dir(link), "."+filepath.Base(link)+".next")
	_ = os.Remove(next)
	if err := os.Symlink(target, next); err != nil {
		return fmt.Errorf("link to the terminal: %w", err)
	}
	if err := os.Rename(next, link); err != nil {
		_ = os.Remove(next)
		return fmt.Errorf("link to the terminal: %w", err)
	}
	return nil
}

// Unplug pulls the cable: the terminal hangs up and is gone, the link too.
func (r *Reader) Unplug() {
	r.mu.Lock()
	line, serving := r.line, r.serving
	r.line = nil
	if line != nil {
		if r.link != "" {
			_ = os.Remove(r.link)
		}
		line.close()
		r.chip.reset()
		r.change()
	}
	r.mu.Unlock()
	if serving != nil {
		<-serving
	}
}

// Close unplugs the reader for good.
func (r *Reader) Close() {
	r.mu.Lock()
	r.closed = true
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	r.Unplug()
}

// serve carries bytes from the host to the chip until the line is closed.
func (r *Reader) serve(line *terminal, done chan<- struct{}) {
	defer close(done)
	buf := make([]byte, 1024)
	for {
		n, err := line.master.Read(buf)
		if err != nil {
			return
		}
		r.do(func(c *Chip) {
			if r.line == line {
				c.Input(time.Now(), buf[:n])
			}
		})
	}
}

// do lets f work on the chip and sends what the chip then says.
func (r *Reader) do(f func(*Chip)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.chip.revision
	f(r.chip)
	r.flush()
	if r.chip.revision != before {
		r.change()
	}
	if at, ok := r.chip.Next(); ok && !r.closed {
		if r.timer == nil {
			r.timer = time.AfterFunc(time.Until(at), func() { r.do(func(c *Chip) { c.Tick(time.Now()) }) })
		} else {
			r.timer.Reset(time.Until(at))
		}
	}
}

func (r *Reader) flush() {
	out := r.chip.Output()
	if r.line != nil && len(out) > 0 {
		r.line.send(out)
	}
}

// Path returns the terminal's own path, empty while unplugged.
func (r *Reader) Path() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.line == nil {
		return ""
	}
	return r.line.path
}

// Connstring is how libnfc finds the reader: by the link, or by the terminal
// where there is no link.
func (r *Reader) Connstring() string {
	if r.link != "" {
		return "pn532_uart:" + r.link
	}
	return "pn532_uart:" + r.Path()
}

// Put lays a card on the reader and returns at once.
func (r *Reader) Put(card *Card) {
	r.do(func(c *Chip) { c.Put(time.Now(), card) })
}

// Take takes a card off; it tells whether it was there.
func (r *Reader) Take(card *Card) (was bool) {
	r.do(func(c *Chip) { was = c.Take(card) })
	return was
}

// TakeAll clears the reader.
func (r *Reader) TakeAll() {
	r.do(func(c *Chip) {
		for _, card := range c.Cards() {
			c.Take(card)
		}
	})
}

// Inject arms a fault for the next times answers it can spoil, or UntilCleared.
func (r *Reader) Inject(f Fault, times int) { r.do(func(c *Chip) { c.Inject(f, times) }) }

// Clear disarms every fault.
func (r *Reader) Clear() { r.do(func(c *Chip) { c.Clear() }) }

// State is what a page shows of the reader.
type State struct {
	Plugged  bool
	Path     string
	Cards    []*Card
	UIDs     [][]byte // of Cards, in the same order
	Reads    []int    // likewise
	Faults   []Fault
	Commands uint64 // since it was plugged in
	Waiting  bool   // the host waits for a card
}

// State returns the reader's state and a channel that is closed when it changes.
// A card being read again is no change, and of commands only the first is.
func (r *Reader) State() (State, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{
		Plugged: r.line != nil, Cards: r.chip.Cards(), Faults: slices.Clone(r.chip.Armed()), Commands: r.chip.Commands(), Waiting: r.chip.Waiting(),
	}
	if r.line != nil {
		s.Path = r.line.path
	}
	for _, c := range s.Cards {
		s.UIDs = append(s.UIDs, c.UID())
		s.Reads = append(s.Reads, r.chip.Reads(c))
	}
	return s, r.changed
}

// change wakes who waits for State's channel.
func (r *Reader) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}
