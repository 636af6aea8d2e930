package demo

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// program is what runs: the cloud, or the kiosk.
type program interface {
	Done() <-chan struct{}
	Stop() error
	Kill() error
}

// part is a program that is started again when it ends by itself, as systemd does
// at a customer's, and that can be switched off to see what happens.
type part struct {
	name  string
	start func(context.Context) (program, error)
	log   io.Writer

	mu      sync.Mutex
	now     program // nil: none
	off     bool    // somebody switched it off
	changed chan struct{}
}

// again is how long a part stays down when it ended by itself.
const again = time.Second

// open starts a part for the first time.
func open(ctx context.Context, name string, log io.Writer, start func(context.Context) (program, error)) (*part, error) {
	p := &part{name: name, start: start, log: log, changed: make(chan struct{}, 1)}
	now, err := start(ctx)
	if err != nil {
		return nil, err
	}
	p.now = now
	return p, nil
}

// keep starts the part whenever it isn't running and should, until ctx ends.
func (p *part) keep(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		now, off := p.now, p.off
		p.mu.Unlock()
		var ended <-chan struct{}
		if now != nil {
			ended = now.Done()
		} else if !off {
			p.begin(ctx)
			continue
		}
		select {
		case <-ended:
			p.mu.Lock()
			p.now = nil
			p.mu.Unlock()
			pause(ctx, again)
		case <-p.changed:
		case <-ctx.Done():
		}
	}
}

func (p *part) begin(ctx context.Context) {
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	now, err := p.start(starting)
	if err != nil {
		fmt.Fprintf(p.log, "%s doesn't start: %v\n", p.name, err)
		pause(ctx, 3*again)
		return
	}
	p.mu.Lock()
	p.now = now
	p.mu.Unlock()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// turn switches the part on or off.
func (p *part) turn(on bool) error {
	p.mu.Lock()
	p.off = !on
	now := p.now
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
	if on || now == nil {
		return nil
	}
	return now.Stop()
}

// kill ends the program as a power cut would. It comes back by itself.
func (p *part) kill() error {
	p.mu.Lock()
	now := p.now
	p.mu.Unlock()
	if now == nil {
		return nil
	}
	return now.Kill()
}

// state is "on", "off", or "starting".
func (p *part) state() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.now != nil && !p.off:
		return "on"
	case p.off && p.now == nil:
		return "off"
	case p.off:
		return "stopping"
	default:
		return "starting"
	}
}

// end stops the program for good; keep must have returned.
func (p *part) end() error {
	if p.now == nil {
		return nil
	}
	return p.now.Stop()
}
