package reader

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"time"

	"muster/device"
)

// openingPatience is how many times the usual patience a child has until its
// reader is ready: libnfc alone takes 1.4 s to give up on a silent line.
const openingPatience = 10

// healthy is how long a child must have run well for its end to be a new story.
const healthy = 5 * time.Second

// session starts one child and listens to it until it ends. worked tells that it
// read a card or ran well for a while.
func (r *Reader) session(ctx context.Context) (worked bool) {
	c, err := r.start()
	if err != nil {
		r.tell(State{Reader: device.ReaderFailing, Detail: err.Error()})
		return false
	}
	events := make(chan event)
	stop := make(chan struct{})
	broken := make(chan error, 1)
	go func() {
		defer close(events)
		broken <- readEvents(c.stdout, func(e event) {
			select {
			case events <- e:
			case <-stop:
			}
		})
	}()
	started, ready, read, told := r.now(), false, false, false
	patience := openingPatience * r.cfg.Patience
	watch := time.NewTimer(patience)
	defer watch.Stop()
	why := ""
listen:
	for {
		select {
		case e, ok := <-events:
			if !ok {
				break listen
			}
			if e.Kind == kindReady && !ready {
				ready, patience = true, r.cfg.Patience
			}
			read = read || e.Kind == kindCard
			told = e.Kind == kindMissing || e.Kind == kindFailing
			watch.Reset(patience)
			r.handle(e)
		case <-watch.C:
			why = fmt.Sprintf("the reader process hung for %v and was ended", patience)
			break listen
		case <-ctx.Done():
			break listen
		}
	}
	close(stop)
	ended := c.end(ctx.Err() != nil)
	if ctx.Err() != nil {
		return false
	}
	if err := <-broken; why == "" && err != nil {
		why = err.Error()
	}
	if why == "" {
		why = "the reader process ended: " + ended
	}
	if !told { // a child that says goodbye has said why
		r.tell(State{Reader: device.ReaderFailing, Detail: why})
	}
	return read || ready && r.now().Sub(started) > healthy
}

// child is a running reader process.
type child struct {
	cmd    *exec.Cmd
	said   *diagnosis
	stdin  io.WriteCloser
	stdout io.ReadCloser
}

func (r *Reader) start() (*child, error) {
	argv := append(slices.Clone(r.cfg.Command), r.cfg.Connstring)
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:gosec // the command is the program's own
	said := &diagnosis{log: r.cfg.Logger}
	cmd.Stderr = said
	cmd.WaitDelay = grace
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start reader process: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start reader process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start reader process: %w", err)
	}
	return &child{cmd: cmd, said: said, stdin: stdin, stdout: stdout}, nil
}

// grace is how long a child that is asked to end may take; libnfc switches the
// field off meanwhile.
const grace = time.Second

// end ends the child, gently if it may be well, and says how it ended.
func (c *child) end(gently bool) string {
	_ = c.stdin.Close()
	if gently {
		kill := time.AfterFunc(grace, func() { _ = c.cmd.Process.Kill() })
		defer kill.Stop()
	} else {
		_ = c.cmd.Process.Kill()
	}
	_ = c.cmd.Wait()
	how := c.cmd.ProcessState.String()
	if c.said.cause != "" {
		how += ", " + c.said.cause
	}
	return how
}

// diagnosis passes what a child writes to standard error on to the log, cut to a
// sane length, and keeps the first line that says why a Go process died.
type diagnosis struct {
	log   *slog.Logger
	cause string
}

func (d *diagnosis) Write(b []byte) (int, error) {
	text := string(b[:min(len(b), maxDetail)])
	d.log.Debug("reader process", "says", text)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if d.cause == "" && (strings.HasPrefix(line, "SIG") || strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
			d.cause = line
		}
	}
	return len(b), nil
}
