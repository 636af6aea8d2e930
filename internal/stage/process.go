// Package stage starts the product's real programs and speaks to them as its
// users do: the cloud over its API, the reader simulator over HTTP, the tablet
// through what it shows. The stories of internal/e2e, the demonstration and the
// pictures of the README all play on it.
package stage

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a running program that tells what it does in JSON lines on its
// standard output. Everything it has said can be asked for again.
type process struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser

	mu    sync.Mutex
	lines []line
	more  chan struct{} // closed and replaced whenever something is added
	done  chan struct{} // closed once the process has ended
	err   error         // how it ended; read after done
}

// line is one line of output: its text and, where it is a JSON object, its fields.
type line struct {
	text   string
	fields map[string]json.RawMessage
}

// start runs a program; what it writes to its standard error goes to log, and env
// is added to the environment. It is killed when this process dies, so that nothing is left behind.
func start(name string, log io.Writer, env []string, path string, args ...string) (*process, error) {
	p := &process{name: name, more: make(chan struct{}), done: make(chan struct{})}
	p.cmd = exec.Command(path, args...)
	p.cmd.Stderr, p.cmd.Env = log, append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go p.follow(out, log)
	return p, nil
}

func (p *process) follow(out io.Reader, log io.Writer) {
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		l := line{text: scan.Text()}
		if json.Unmarshal(scan.Bytes(), &l.fields) != nil {
			fmt.Fprintln(log, l.text)
		}
		p.mu.Lock()
		p.lines = append(p.lines, l)
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

// await returns the first line from mark on that fits, waiting for it if need
// be, and the mark behind it. It fails when the process ends or ctx does.
func (p *process) await(ctx context.Context, mark int, what string, fits func(line) bool) (line, int, error) {
	for {
		p.mu.Lock()
		for ; mark < len(p.lines); mark++ {
			if fits(p.lines[mark]) {
				l := p.lines[mark]
				p.mu.Unlock()
				return l, mark + 1, nil
			}
		}
		more, last := p.more, p.last()
		p.mu.Unlock()
		select {
		case <-more:
		case <-p.done:
			return line{}, mark, fmt.Errorf("%s ended (%v) before %s; its last words: %s", p.name, p.err, what, last)
		case <-ctx.Done():
			return line{}, mark, fmt.Errorf("%s: waited in vain for %s; its last words: %s: %w", p.name, what, last, ctx.Err())
		}
	}
}

// last returns the newest line; the caller holds mu.
func (p *process) last() string {
	if len(p.lines) == 0 {
		return "none"
	}
	return p.lines[len(p.lines)-1].text
}

// stop asks the program to end and kills it when it doesn't within a minute.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.kill()
		return fmt.Errorf("%s did not end by itself within a minute", p.name)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && !endedBySignal(exit) {
		return fmt.Errorf("%s: %w", p.name, p.err)
	}
	return nil
}

func endedBySignal(e *exec.ExitError) bool {
	ws, ok := e.Sys().(syscall.WaitStatus)
	return ok && ws.Signaled() && ws.Signal() == syscall.SIGTERM
}

// kill ends the program as a power cut would: it is told nothing.
func (p *process) kill() error {
	err := p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// text reads a field of a line as a string; anything else is "".
func (l line) str(field string) string {
	var s string
	_ = json.Unmarshal(l.fields[field], &s)
	return s
}
