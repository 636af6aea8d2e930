package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// course is places of brokers and how each behaves: after how long it answers, and
// how. One that isn't named never does.
type course struct {
	began time.Time
	is    map[place]answerer
	mu    sync.Mutex
	tried map[place]time.Duration // when
	left  map[place]bool          // connections of it that were closed by the one who asked
}

type answerer struct {
	after time.Duration
	err   error
}

var errRefused = errors.New("refused")

// places returns n of them.
func somePlaces(n int) (all []place) {
	for i := range n {
		all = append(all, place{"broker", fmt.Sprintf("192.0.2.%d:8883", i+1)})
	}
	return all
}

func (c *course) open(ctx context.Context, p place) (*tls.Conn, error) {
	c.mu.Lock()
	c.tried[p] = time.Since(c.began)
	c.mu.Unlock()
	is, answers := c.is[p]
	if !answers {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-time.After(is.after):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if is.err != nil {
		return nil, is.err
	}
	near, far := net.Pipe()
	go func() {
		_, _ = far.Read(make([]byte, 1))
		c.mu.Lock()
		defer c.mu.Unlock()
		c.left[p] = true
	}()
	return tls.Client(near, &tls.Config{}), nil //nolint:gosec // nothing is said
}

// A place that refuses is passed over at once. One that says nothing is passed over
// after a moment, and has its chance all the same: whichever answers first is taken.
func TestRaceOfPlaces(t *testing.T) {
	t.Parallel()
	const moment = 2 * time.Second
	p := somePlaces(4)
	for name, c := range map[string]struct {
		is    map[place]answerer
		first place // that is taken; none: all fail
		at    time.Duration
		tried map[place]time.Duration
		slow  []place
	}{
		"the first answers":              {map[place]answerer{p[0]: {time.Second, nil}}, p[0], time.Second, map[place]time.Duration{p[0]: 0}, nil},
		"refused, one after another":     {map[place]answerer{p[0]: {0, errRefused}, p[1]: {0, errRefused}, p[2]: {0, nil}}, p[2], 0, map[place]time.Duration{p[0]: 0, p[1]: 0, p[2]: 0}, nil},
		"the first hangs":                {map[place]answerer{p[1]: {time.Second, nil}}, p[1], 3 * time.Second, map[place]time.Duration{p[0]: 0, p[1]: moment}, p[:1]},
		"the first is slow":              {map[place]answerer{p[0]: {7 * time.Second, nil}}, p[0], 7 * time.Second, map[place]time.Duration{p[0]: 0, p[1]: moment, p[2]: 2 * moment, p[3]: 3 * moment}, nil},
		"one hangs, the next refuses":    {map[place]answerer{p[1]: {time.Second, errRefused}, p[2]: {0, nil}}, p[2], 3 * time.Second, map[place]time.Duration{p[0]: 0, p[1]: moment, p[2]: 3 * time.Second}, p[:1]},
		"all refuse":                     {map[place]answerer{p[0]: {0, errRefused}, p[1]: {0, errRefused}, p[2]: {0, errRefused}, p[3]: {0, errRefused}}, place{}, 0, map[place]time.Duration{p[0]: 0, p[1]: 0, p[2]: 0, p[3]: 0}, nil},
		"all are slow, the last refuses": {map[place]answerer{p[0]: {9 * time.Second, errRefused}, p[1]: {9 * time.Second, errRefused}, p[2]: {9 * time.Second, nil}, p[3]: {0, errRefused}}, p[2], 13 * time.Second, map[place]time.Duration{p[0]: 0, p[1]: moment, p[2]: 2 * moment, p[3]: 3 * moment}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				course := course{began: time.Now(), tried: map[place]time.Duration{}, is: c.is, left: map[place]bool{}}
				r := newRace(t.Context(), slices.Clone(p), moment, course.open)
				first, err := r.next()
				if at := time.Since(course.began); at != c.at || (err == nil) != (c.first != place{}) || first.place != c.first {
					t.Errorf("after %v: %+v, %v", at, first.place, err)
				}
				if err != nil && !errors.Is(err, errRefused) {
					t.Errorf("it failed for %v", err)
				}
				if slow := r.overtaken(first); !slices.Equal(slow, c.slow) {
					t.Errorf("%v are slow, want %v", slow, c.slow)
				}
				r.close()
				for p, at := range c.tried {
					if got, tried := course.tried[p]; !tried || got != at {
						t.Errorf("%v was tried after %v (%t), want %v", p, got, tried, at)
					}
				}
				if len(course.tried) != len(c.tried) {
					t.Errorf("tried: %v", course.tried)
				}
				if first.conn != nil {
					_ = first.conn.NetConn().Close()
				}
				synctest.Wait()
			})
		})
	}
}

// A connection that came about and was not asked for any more is closed, and
// one that turned out to be of no use leaves the others their chance.
func TestRaceHasASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := somePlaces(3)
		course := course{began: time.Now(), tried: map[place]time.Duration{}, left: map[place]bool{}, is: map[place]answerer{
			p[0]: {3 * time.Second, nil}, p[1]: {0, nil}, p[2]: {0, nil},
		}}
		r := newRace(t.Context(), slices.Clone(p), 2*time.Second, course.open)
		first, err := r.next()
		if err != nil || first.place != p[1] {
			t.Fatalf("%v, %v", first.place, err)
		}
		second, err := r.next()
		if err != nil || second.place != p[0] || time.Since(course.began) != 3*time.Second {
			t.Fatalf("%v, %v", second.place, err)
		}
		r.begin()
		synctest.Wait() // the third has come about, and nobody has taken it
		r.close()
		synctest.Wait()
		if !course.left[p[2]] || course.left[p[0]] || course.left[p[1]] {
			t.Errorf("closed: %v", course.left)
		}
		_, _ = first.conn.NetConn().Close(), second.conn.NetConn().Close()
	})
}

// Where a tablet had no luck it goes last, for a while.
func TestPlacesThatFailedGoLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := somePlaces(4)
		var s sour
		s.note(p[1])
		<-time.After(time.Second)
		s.note(p[3])
		first := map[place]bool{}
		for range 100 {
			now := slices.Clone(p)
			s.order(now)
			if now[2] != p[1] || now[3] != p[3] {
				t.Fatalf("order %v", now)
			}
			first[now[0]] = true
		}
		if len(first) != 2 {
			t.Errorf("of the others only %v come first", first)
		}
		<-time.After(remembered)
		for range 100 {
			now := slices.Clone(p)
			s.order(now)
			first[now[0]] = true
		}
		if len(first) < 3 || first[p[3]] {
			t.Errorf("a minute later %v come first", first)
		}
	})
}
