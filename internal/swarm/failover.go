package swarm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"muster/attendance"
)

// Away is how the tablets of a cloud that went away fared, each by itself, shortest
// first.
type Away struct {
	Name    string          `json:"name"`
	Tablets int             `json:"tablets"` // that were at it
	Session []time.Duration `json:"session_ns"`
	Console []time.Duration `json:"console_ns"` // until the console shows it as online at a cloud that lives
	Waited  int             `json:"waited"`     // that tried no other address before they gave up one that says nothing
	Rounds  int             `json:"rounds"`     // TCP connections that tablets made meanwhile
	Reasons map[string]int  `json:"reasons"`
}

// Fuller returns which of two clouds has more tablets, once the console shows all.
func (w *Crowd) Fuller(ctx context.Context, p *Pair) (int, error) {
	for {
		at, err := p.at(ctx)
		if err != nil {
			return 0, err
		}
		var has [2]int
		for _, replica := range at {
			for i, name := range names {
				if strings.HasPrefix(replica, name+"-") {
					has[i]++
				}
			}
		}
		if has[0]+has[1] == len(w.lights) {
			return slices.Index(has[:], max(has[0], has[1])), nil
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return 0, fmt.Errorf("the console shows %v of %d tablets: %w", has, len(w.lights), ctx.Err())
		}
	}
}

// Loses has one of two clouds go away, and returns once all its tablets are at the
// other one.
func (w *Crowd) Loses(ctx context.Context, p *Pair, i int, name string, away func(int) error) (a Away, err error) {
	a.Name = name
	at, err := p.at(ctx)
	if err != nil {
		return a, err
	}
	var there []*light
	for _, t := range w.lights {
		if strings.HasPrefix(at[t.kept.grant.Identity.Device], names[i]+"-") {
			there = append(there, t)
		}
	}
	a.Tablets = len(there)
	w.Reasons()
	before, _ := w.count()
	began := time.Now()
	if err := away(i); err != nil {
		return a, err
	}
	err = w.back(ctx, p, there, at, began, &a)
	after, _ := w.count()
	a.Rounds, a.Reasons = after-before, w.Reasons()
	return a, err
}

// back waits until tablets have come back since a moment, and the console knows
// that they are at another run of a cloud than they were.
func (w *Crowd) back(ctx context.Context, p *Pair, there []*light, were map[attendance.DeviceID]string, began time.Time, a *Away) error {
	shown := map[*light]bool{}
	for {
		at, err := p.at(ctx)
		if err != nil {
			return err
		}
		now, back := time.Now(), 0
		for _, t := range there {
			id := t.kept.grant.Identity.Device
			if !shown[t] && at[id] != "" && at[id] != were[id] {
				shown[t] = true
				a.Console = append(a.Console, now.Sub(began))
			}
			if t.online.Load() && t.joined.Load() > began.UnixNano() {
				back++
			}
		}
		w.fleet.Progress(fmt.Sprintf("%s: %d of %d tablets are back, the console knows of %d", a.Name, back, len(there), len(shown)))
		if back == len(there) && len(shown) == len(there) {
			break
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return fmt.Errorf("%s: %d of %d tablets are back; they say %v: %w", a.Name, back, len(there), w.Reasons(), ctx.Err())
		}
	}
	for _, t := range there {
		a.Session = append(a.Session, time.Unix(0, t.joined.Load()).Sub(began))
	}
	slices.Sort(a.Session)
	return nil
}

// Begins connects everybody anew, to those whose addresses are given and, unless it is "", to one that
// says nothing, and tells how long it took each.
func (w *Crowd) Begins(ctx context.Context, name, mute string, brokers ...string) (a Away, err error) {
	a.Name, a.Tablets = name, len(w.lights)
	w.Leave()
	if mute != "" {
		brokers = append(brokers, mute)
	}
	for _, t := range w.lights {
		t.vain.of(mute)
	}
	w.Reasons()
	before, _ := w.count()
	began := time.Now()
	if _, err := w.Join(ctx, brokers...); err != nil {
		return a, err
	}
	after, _ := w.count()
	a.Rounds, a.Reasons = after-before, w.Reasons()
	for _, t := range w.lights {
		if t.vain.was() {
			a.Waited++
		}
		a.Session = append(a.Session, time.Unix(0, t.joined.Load()).Sub(began))
	}
	slices.Sort(a.Session)
	return a, nil
}

// Brokers returns the addresses of both clouds.
func (p *Pair) Brokers() []string { return []string{p.options[0].MQTT, p.options[1].MQTT} }

// Named returns one address that stands for both, or "" where nobody knows the name.
func (p *Pair) Named(ctx context.Context) string {
	if a, err := net.DefaultResolver.LookupHost(ctx, twoFaced); err != nil || len(a) < 2 {
		return ""
	}
	_, port, err := net.SplitHostPort(p.options[0].MQTT)
	if err != nil {
		return ""
	}
	return net.JoinHostPort(twoFaced, port)
}

// Mute returns the address of something that takes connections and never says
// anything; with deaf, of something that doesn't even take them: what is sent to it
// is dropped.
func (p *Pair) Mute(deaf bool) (address string, end func() error, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	var filling []net.Conn
	end = func() error {
		errs := []error{syscall.Close(fd)}
		for _, c := range filling {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 3}}); err != nil {
		return "", nil, errors.Join(err, end())
	}
	backlog := 4096
	if deaf {
		backlog = 0
	}
	if err := syscall.Listen(fd, backlog); err != nil {
		return "", nil, errors.Join(err, end())
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", nil, errors.Join(err, end())
	}
	address = fmt.Sprintf("127.0.0.3:%d", name.(*syscall.SockaddrInet4).Port)
	for deaf { // until its queue is full
		c, err := net.DialTimeout("tcp", address, 500*time.Millisecond)
		if err != nil {
			break
		}
		filling = append(filling, c)
	}
	return address, end, nil
}
