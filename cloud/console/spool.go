package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spool takes what is written as fast as it is made, and gives it on as fast as it
// is taken: whoever makes it need not wait for a slow line. What is on its way lies
// in a file that has no name. It is written by one goroutine. Its zero value is ready.
type spool struct {
	to   io.Writer
	file *os.File // nil: it hasn't begun
	over chan struct{}

	mu      sync.Mutex
	more    sync.Cond
	written int64
	ended   bool
	failed  error // of who takes it
}

// begin says where all of it goes.
func (s *spool) begin(to io.Writer) error {
	f, err := os.CreateTemp("", "muster-export-")
	if err != nil {
		return fmt.Errorf("begin a file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(fmt.Errorf("begin a file: %w", err), f.Close())
	}
	s.to, s.file, s.over, s.more.L = to, f, make(chan struct{}), &s.mu
	go s.giveOn()
	return nil
}

// Write never waits for who takes it. It fails once that has failed.
func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.WriteAt(p, s.written)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += int64(n)
	s.more.Signal()
	return n, errors.Join(err, s.failed)
}

func (s *spool) giveOn() {
	defer close(s.over)
	piece := make([]byte, 64<<10)
	for at := int64(0); ; {
		s.mu.Lock()
		for s.written == at && !s.ended {
			s.more.Wait()
		}
		there := s.written - at
		s.mu.Unlock()
		if there == 0 {
			return
		}
		n, err := s.file.ReadAt(piece[:min(there, int64(len(piece)))], at)
		if err == nil {
			_, err = s.to.Write(piece[:n])
		}
		if err != nil {
			s.mu.Lock()
			s.failed = err
			s.mu.Unlock()
			return
		}
		at += int64(n)
	}
}

// end waits until all that was written is taken, unless it broke off: then the rest
// goes nowhere. It returns why it is not whole.
func (s *spool) end(broke error) error {
	if s.file == nil {
		return broke
	}
	s.mu.Lock()
	s.ended = true
	if broke != nil {
		s.written = 0
	}
	s.more.Signal()
	s.mu.Unlock()
	<-s.over
	return errors.Join(broke, s.failed, s.file.Close())
}
