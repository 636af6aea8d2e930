package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// progress is a line that is written over on a terminal; elsewhere one comes now
// and then. It is safe for use by many goroutines.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	used     bool
	last     time.Time
}

// seldom is how far apart lines are that stay.
const seldom = 15 * time.Second

func newProgress(f *os.File) *progress {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return &progress{w: f, terminal: err == nil}
}

func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.terminal:
		p.used = true
		fmt.Fprintf(p.w, "\r\033[K%s", text)
	case time.Since(p.last) > seldom:
		p.last = time.Now()
		fmt.Fprintln(p.w, text)
	}
}

// end leaves an empty line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && p.used {
		p.used = false
		fmt.Fprint(p.w, "\r\033[K")
	}
}
