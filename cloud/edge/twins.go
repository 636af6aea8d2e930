package edge

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"muster/attendance"
)

// Two devices that run as the same tablet throw each other off: each comes back
// from its own address while the other's connection is alive. A tablet that
// changes its network leaves a dead connection behind once, so one such change
// says nothing; going to and fro does.
const (
	twinsWithin = 10 * time.Minute
	twinsAfter  = 3 // changes of address over a live connection: there, back, and there again
)

// takeovers remembers from which address each tablet came in last, and how often
// it came from another while that connection was open.
type takeovers struct {
	mu sync.Mutex
	of map[attendance.DeviceID]takeover
}

type takeover struct {
	host  string
	at    time.Time
	since time.Time // of the first change that counts
	times int
}

// note takes note that a tablet comes in from an address. live tells whether its
// connection from another address is open; it is asked only when that matters.
// The answer is the other address once it has happened too often.
func (t *takeovers) note(dev attendance.DeviceID, host string, now time.Time, live func(other string) bool) (other string, twins bool) {
	t.mu.Lock()
	before, known := t.of[dev]
	t.mu.Unlock()
	next := takeover{host: host, at: now}
	if known && now.Sub(before.at) < twinsWithin {
		next.since, next.times = before.since, before.times
		if before.host != host && live(before.host) {
			if next.times == 0 || now.Sub(next.since) >= twinsWithin {
				next.since, next.times = now, 0
			}
			next.times++
		}
	}
	twins = next.times >= twinsAfter
	if twins {
		next.times = 0 // told; it has to happen as often again
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[attendance.DeviceID]takeover{}
	}
	t.of[dev] = next
	return before.host, twins
}

// moved takes note that a tablet with an open connection here, from one address,
// was let in elsewhere from another.
func (t *takeovers) moved(dev attendance.DeviceID, from, to string, now time.Time) (twins bool) {
	t.mu.Lock()
	before := t.of[dev]
	before.host, before.at = from, now
	if t.of == nil {
		t.of = map[attendance.DeviceID]takeover{}
	}
	t.of[dev] = before
	t.mu.Unlock()
	_, twins = t.note(dev, to, now, func(string) bool { return true })
	return twins
}

// tellTwins raises the alarm. The addresses come in one order, whoever came
// last, so that several replicas tell the same.
func (e *Edge) tellTwins(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID, host, other string) {
	e.log.Warn("two connections of a tablet take turns", "device", dev, "address", host, "other", other)
	if e.twins != nil {
		e.twins(ctx, org, dev, "connections from "+min(host, other)+" and "+max(host, other)+" take turns while both are alive")
	}
}

// open tells whether this edge has an open connection of a tablet from an address.
func (e *Edge) open(dev attendance.DeviceID, host string) bool {
	conns, err := e.srv.Connz(&server.ConnzOptions{MQTTClient: string(dev)})
	if err != nil {
		e.log.Warn("find connections", "device", dev, "err", err)
		return false
	}
	for _, c := range conns.Conns {
		if c.IP == host {
			return true
		}
	}
	return false
}
