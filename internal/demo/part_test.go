package demo

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// clockwork is a program that runs until it is ended.
type clockwork struct {
	once sync.Once
	done chan struct{}
}

func (c *clockwork) Done() <-chan struct{} { return c.done }
func (c *clockwork) Stop() error           { c.once.Do(func() { close(c.done) }); return nil }
func (c *clockwork) Kill() error           { return c.Stop() }

// What is killed comes back, what is switched off stays off until it is switched
// on, and what can't start is tried again.
func TestPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts atomic.Int32
		var broken atomic.Bool
		p, err := open(t.Context(), "clockwork", io.Discard, func(context.Context) (program, error) {
			starts.Add(1)
			if broken.Swap(false) {
				return nil, errors.New("not today")
			}
			return &clockwork{done: make(chan struct{})}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var kept sync.WaitGroup
		kept.Go(func() { p.keep(ctx) })
		expect := func(state string, n int32) {
			t.Helper()
			synctest.Wait()
			if p.state() != state || starts.Load() != n {
				t.Errorf("%s after %d starts, want %s after %d", p.state(), starts.Load(), state, n)
			}
		}
		later := func() { synctest.Wait(); pause(t.Context(), 10*again) }
		expect("on", 1)
		_ = p.kill()
		expect("starting", 1)
		later()
		expect("on", 2)
		_ = p.turn(false)
		later()
		expect("off", 2)
		_ = p.kill()
		broken.Store(true)
		_ = p.turn(true)
		later()
		expect("on", 4)
		cancel()
		kept.Wait()
		if err := p.end(); err != nil {
			t.Error(err)
		}
	})
}
