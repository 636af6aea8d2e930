package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/internal/stage"
)

// queue is people who tap one after another, and what they saw.
type queue struct {
	*cluster
	reader *stage.Reader
	tablet *stage.Tablet
	next   int
	ticks  []string // the punches whose tick was shown, in order
}

// tap has the next n people tap.
func (q *queue) tap(n int) {
	q.t.Helper()
	for range n {
		q.next++
		q.check(q.reader.Tap(q.ctx, uid(q.next)))
		name := fmt.Sprintf("Person %02d", q.next)
		s, err := q.tablet.Await(q.ctx, "the tick of "+name, func(s stage.Shown) bool { return s.Scene == "accepted" && s.Name == name })
		q.check(err)
		q.ticks = append(q.ticks, s.Punch)
	}
}

// tapUntilKnown has somebody tap until the tablet knows the card.
func (q *queue) tapUntilKnown(card, name string) {
	q.t.Helper()
	q.eventually("the tablet knows "+name, func() bool {
		q.check(q.reader.Tap(q.ctx, card))
		// A tablet that has not even its settings yet has no answer.
		limit, cancel := context.WithTimeout(q.ctx, 10*time.Second)
		defer cancel()
		s, err := q.tablet.Await(limit, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" || s.Scene == "unknown" })
		if err == nil && s.Scene == "accepted" && s.Name == name {
			q.ticks = append(q.ticks, s.Punch)
			return true
		}
		return false
	})
}

// settled waits until everything has arrived and compares it with what was seen:
// each once, in order, and nothing else.
func (q *queue) settled() {
	q.t.Helper()
	q.eventually("all punches have arrived", func() bool { return len(q.punches()) >= len(q.ticks) })
	var got []string
	for _, p := range q.punches() {
		got = append(got, p.ID)
	}
	if !slices.Equal(got, q.ticks) {
		q.t.Errorf("%d ticks were seen, %d punches are stored:\n%v\n%v", len(q.ticks), len(got), q.ticks, got)
	}
}

// newQueue activates a tablet and waits until it knows everybody.
func newQueue(c *cluster, people int) (q *queue, device string) {
	c.t.Helper()
	for i := range people {
		c.employee("Person", fmt.Sprintf("%02d", i+1), uid(i+1))
	}
	q = &queue{cluster: c, reader: c.reader()}
	q.tablet = c.tablet(q.reader.Connstring)
	device = c.activate(q.tablet)
	q.next = 1
	q.tapUntilKnown(uid(1), "Person 01")
	return q, device
}

// Two clouds on one database are one cloud: whoever looks at the one sees what
// comes in at the other, a tablet goes over by itself when its cloud is killed,
// and nobody is signed out, nothing is lost and nothing is there twice.
func TestOneOfTwoCloudsIsKilled(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	// Both have made the database at the same time; the one's address to set it
	// up is good at the other, and there is one authority.
	if a, b := readFile(t, c.clouds[0].Authority), readFile(t, c.clouds[1].Authority); string(a) != string(b) {
		t.Fatal("each has an authority of its own")
	}
	c.setUp(0, 1)
	q, device := newQueue(c, 25)
	here := c.whereabouts(device)
	there := 1 - here
	t.Logf("the tablet is at cloud %d", here)

	t.Log("somebody watches at the other cloud")
	b := c.visitor(there)
	page := b.live(there, "/live/punches")
	q.tap(1)
	c.sees(page, "Person 02")

	t.Log("a person added at the other is known to the tablet")
	c.ask(there)
	c.employee("Late", "Comer", uid(99))
	q.tapUntilKnown(uid(99), "Late Comer")

	t.Log("killed in the middle of a stream")
	visitor := c.visitor(here)
	q.tap(6)
	c.check(c.clouds[here].Kill())
	q.tap(10)
	c.sees(page, "Person 18")
	q.settled()
	if got := c.whereabouts(device); got != there {
		t.Errorf("the tablet is at cloud %d", got)
	}
	if status, _ := visitor.get(there, "/punches"); status != http.StatusOK {
		t.Errorf("the visitor of the cloud that was killed gets %d from the other", status)
	}

	t.Log("it comes back, and the other ends in order")
	c.check(c.start(here))
	c.awaitHub(here, "ok")
	q.tap(1)
	stopped := make(chan error, 1)
	go func() { stopped <- c.clouds[there].Stop() }()
	q.tap(6)
	c.check(<-stopped)
	c.ask(here)
	q.settled()
	if got := c.whereabouts(device); got != here {
		t.Errorf("the tablet is at cloud %d", got)
	}
	if status, text := visitor.get(here, "/punches"); status != http.StatusOK || !strings.Contains(text, "Person 25") {
		t.Errorf("the visitor gets %d", status)
	}
}

// Revocation reaches a tablet wherever it is, by the hub at once, and without it
// by the database. Without a hub each cloud goes on alone, says so, and makes up
// for what it missed.
func TestCloudsWithoutTheirHub(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.setUp(1, 0)
	q, device := newQueue(c, 6)
	here := c.whereabouts(device)
	there := 1 - here
	c.ask(there)

	first := newPeer(c.world, "Gate 3")
	session, err := first.connect(nil)
	c.check(err)
	c.post("/api/v1/devices/"+first.cert.Device+"/revoke", map[string]any{}, nil)
	select {
	case <-session.lost:
	case <-c.ctx.Done():
		t.Fatal("the revoked tablet is still connected")
	}

	page := c.visitor(there).live(there, "/live/punches")
	c.hub.Shutdown()
	c.hub.WaitForShutdown()
	for i := range c.clouds {
		c.awaitHub(i, "away") // and ready all the same
	}
	if h, status := c.health(there, "/healthz"); h.Status != "alone" || status != http.StatusOK || len(h.Replicas) != 2 {
		t.Errorf("without a hub: %d, %+v", status, h)
	}
	if !strings.Contains(c.log.String(), "hub out of reach") {
		t.Error("the log doesn't say that the hub is away")
	}
	q.tap(3)
	q.settled() // as the other cloud has it from the database
	c.employee("Late", "Comer", uid(99))
	q.tapUntilKnown(uid(99), "Late Comer") // the tablet's cloud found the change in the database

	c.startHub()
	for i := range c.clouds {
		c.awaitHub(i, "ok")
	}
	c.sees(page, "Person 04") // what the page has missed is there
	q.tap(1)
	c.sees(page, "Person 05")
	q.settled()

	c.hub.Shutdown()
	c.hub.WaitForShutdown()
	c.post("/api/v1/devices/"+device+"/revoke", map[string]any{}, nil)
	c.scene(q.tablet, "revoked")
}
