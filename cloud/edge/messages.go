package edge

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"muster/attendance"
	"muster/sync/wire"
)

// Handler takes one message of a tablet. from is who really sent it: the broker
// lets a tablet publish under its own address only. payload is the handler's to keep.
// Messages of one leaf come one after another.
type Handler func(ctx context.Context, from wire.Address, leaf wire.Leaf, payload []byte)

// How much may wait for a handler before messages are dropped, and counted.
const (
	defaultPending = 100_000
	pendingBytes   = 128 << 20
)

// group is the queue group of an edge's consumers.
const group = "cloud"

// Subscribe has h called for the messages of one leaf from all tablets that are
// connected here, until Close. What tablets say doesn't leave the edge.
func (e *Edge) Subscribe(leaf wire.Leaf, h Handler) error {
	any := wire.Address{Org: "*", Device: "*"}
	sub, err := e.nc.QueueSubscribe(subject(any.Up(leaf)), group, func(m *nats.Msg) {
		from, leaf, err := wire.ParseUp(topic(m.Subject))
		if err != nil {
			e.log.Warn("message on a strange topic", "err", err)
			return
		}
		h(e.ctx, from, leaf, m.Data)
	})
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", leaf, err)
	}
	if err := sub.SetPendingLimits(e.pending, pendingBytes); err != nil {
		return fmt.Errorf("subscribe to %s: %w", leaf, err)
	}
	e.mu.Lock()
	e.subs = append(e.subs, sub)
	e.mu.Unlock()
	return e.nc.Flush()
}

// Dropped counts the messages that were lost because handlers were too slow.
// Tablets send them again.
func (e *Edge) Dropped() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	sum := 0
	for _, s := range e.subs {
		if n, err := s.Dropped(); err == nil {
			sum += n
		}
	}
	return sum
}

// Send sends a message to a tablet, wherever it is connected. No error means
// that it is on its way, not that it arrives.
func (e *Edge) Send(to wire.Address, leaf wire.Leaf, payload []byte) error {
	if len(payload) > wire.MaxMessage {
		return fmt.Errorf("send %s to %s: %d bytes are more than %d", leaf, to.Device, len(payload), wire.MaxMessage)
	}
	if err := e.nc.Publish(subject(to.Down(leaf)), payload); err != nil {
		return fmt.Errorf("send %s to %s: %w", leaf, to.Device, err)
	}
	return nil
}

const newsPrefix = "news."

// Announce tells every replica that something has changed and is committed.
func (e *Edge) Announce(org attendance.OrgID, topic, id string) {
	if err := e.nc.Publish(newsPrefix+string(org)+"."+topic, []byte(id)); err != nil {
		e.log.Warn("announce", "topic", topic, "err", err)
	}
}

// OnNews has f called for each announcement of a topic, of whatever organisation
// and by whatever replica, and when some may have been missed. f must not block.
func (e *Edge) OnNews(topic string, f func()) error {
	if err := e.hear(newsPrefix+"*."+topic, func(*nats.Msg) { f() }); err != nil {
		return err
	}
	return e.OnRejoined(f)
}

// Listen has f called for each announcement within an organisation, until stop.
// f must not block. An empty topic says that some may have been missed, because
// the way between replicas was cut for a while.
func (e *Edge) Listen(org attendance.OrgID, f func(topic, id string)) (stop func(), err error) {
	prefix := newsPrefix + string(org) + "."
	news, err := e.nc.Subscribe(prefix+"*", func(m *nats.Msg) { f(m.Subject[len(prefix):], string(m.Data)) })
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	rejoined, err := e.nc.Subscribe(rejoinedSubject, func(*nats.Msg) { f("", "") })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), news.Unsubscribe())
	}
	if err := e.nc.Flush(); err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), news.Unsubscribe(), rejoined.Unsubscribe())
	}
	return func() {
		if err := errors.Join(news.Unsubscribe(), rejoined.Unsubscribe()); err != nil {
			e.log.Debug("stop listening", "err", err)
		}
	}, nil
}
