package swarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"muster/internal/stage"
)

// Neighbours are tablets of another process, at the same cloud, that stay connected
// while a fleet drains, and the people in front of them. Nobody's tablet shares a
// program with a thousand others: in one process, how soon a punch is seen would be how
// long these keep each other waiting for a processor and for the garbage collector.
type Neighbours struct {
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

// order is what neighbours do next. Each is answered by itself, the last by a Report.
type order string

const (
	ready  order = "ready"  // they are, and answer with it
	begin  order = "begin"  // people begin to tap, and somebody looks at the cloud's list
	during order = "during" // what is shown from now on is beside a drain
	after  order = "after"  // no more
	finish order = "finish" // people go
)

// neighbourhood is the first line that the process of neighbours gets.
type neighbourhood struct {
	Tablets, PerSite, People     int
	Dir, Base, Token, Device, CA string
}

// StartNeighbours starts cmd, a program that calls ServeNeighbours with its standard
// input and output, and waits until its n tablets are ready. They keep their data in
// dir. Report ends it.
func (f *Fleet) StartNeighbours(cmd *exec.Cmd, dir string, n int) (_ *Neighbours, err error) {
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start neighbours: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start neighbours: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start neighbours: %w", err)
	}
	w := &Neighbours{cmd: cmd, orders: orders, answers: json.NewDecoder(out)}
	err = json.NewEncoder(orders).Encode(neighbourhood{n, f.PerSite, f.People, dir, f.API.Base, f.API.Token, f.Device, f.CA})
	if err == nil {
		err = w.hear(ready)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start neighbours: %w", err), w.end())
	}
	return w, nil
}

// do gives an order and waits until it is carried out.
func (w *Neighbours) do(o order) error {
	if err := json.NewEncoder(w.orders).Encode(o); err != nil {
		return fmt.Errorf("tell neighbours to %s: %w", o, err)
	}
	return w.hear(o)
}

func (w *Neighbours) hear(want order) error {
	var got order
	if err := w.answers.Decode(&got); err != nil {
		return fmt.Errorf("hear of neighbours: %w", err)
	}
	if got != want {
		return fmt.Errorf("neighbours say %q, not %q", got, want)
	}
	return nil
}

// Report has the people go, waits until the cloud has everything, and ends the process.
func (w *Neighbours) Report() (r Report, err error) {
	if err = json.NewEncoder(w.orders).Encode(finish); err == nil {
		err = w.answers.Decode(&r)
	}
	return r, errors.Join(err, w.end())
}

func (w *Neighbours) end() error {
	err := w.orders.Close()
	if waited := w.cmd.Wait(); waited != nil {
		err = errors.Join(err, fmt.Errorf("neighbours: %w", waited))
	}
	return err
}

// ServeNeighbours is the process of neighbours: it does what it is told until it is to
// finish, or nobody is there any more to tell.
func ServeNeighbours(ctx context.Context, in io.Reader, out io.Writer) (err error) {
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	var c neighbourhood
	if err := orders.Decode(&c); err != nil {
		return fmt.Errorf("read what to be: %w", err)
	}
	if err := RaiseFiles(uint64(c.Tablets*FilesPerTablet + 200)); err != nil {
		return err
	}
	f, err := New(ctx, Config{
		Tablets: c.Tablets, PerSite: c.PerSite, People: c.People, Dir: c.Dir, Device: c.Device, CA: c.CA,
		API: &stage.API{Base: c.Base, Token: c.Token}, Name: fmt.Sprintf("neighbours-%d", time.Now().Unix()),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(false)) }()
	if err := f.Start(ctx); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	watching, unwatch := context.WithCancel(ctx)
	var people sync.WaitGroup
	defer people.Wait()
	defer stop()
	defer unwatch()
	for o := ready; ; {
		switch o {
		case begin:
			people.Go(func() { f.Watch(watching) })
			people.Go(func() { f.trickle(working) })
		case during, after:
			f.ledger.mark(o == during)
		case finish:
			stop()
			pause(ctx, 2*time.Second) // for the last look of the watch
			unwatch()
			people.Wait()
			if err := f.Settle(ctx); err != nil {
				return err
			}
			r, err := f.Report(ctx, time.Minute)
			if err != nil {
				return err
			}
			return answers.Encode(r)
		}
		if err := answers.Encode(o); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
		if err := orders.Decode(&o); err != nil {
			return fmt.Errorf("read an order: %w", err)
		}
	}
}

// trickle has somebody tap at one of the tablets ten times a second.
func (f *Fleet) trickle(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		m := f.members[rand.IntN(len(f.members))]
		m.tap(f.people[m.site*f.People+n%f.People].uid)
		pause(ctx, 100*time.Millisecond)
	}
}
