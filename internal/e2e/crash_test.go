package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"muster/internal/failpoint"
	"muster/internal/stage"
)

// seedVariable replays a run of the crash matrix.
const seedVariable = "MUSTER_TEST_SEED"

// Tablet and cloud are killed at each step on a punch's way, in a random order,
// while people go on tapping; then the ticks that were seen are compared with
// what is stored. Everybody taps until an answer says that it counts.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	product := programs
	programs, err := mortal()
	if err != nil {
		t.Fatal(err)
	}
	if setting := []byte("MUSTER_FAILPOINT"); !bytes.Contains(readFile(t, programs.Tablet), setting) ||
		bytes.Contains(readFile(t, product.Tablet), setting) || bytes.Contains(readFile(t, product.Cloud), setting) {
		t.Error("the programs for this test have no failpoints, or the product has some")
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(seedVariable); s != "" {
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("replay with %s=%d", seedVariable, seed)
	dice := rand.New(rand.NewPCG(seed, 0))

	w := newWorld(t)
	w.programs = programs
	c := &crash{world: w, cutOff: map[string]int{}, wanted: map[string]int{}}
	type blow struct {
		cloud bool
		step  failpoint.Step
	}
	var blows []blow
	for _, s := range failpoint.Tablet {
		blows = append(blows, blow{false, s})
	}
	for _, s := range failpoint.Cloud {
		blows = append(blows, blow{true, s})
	}
	dice.Shuffle(len(blows), func(i, j int) { blows[i], blows[j] = blows[j], blows[i] })
	people := (len(blows) + 1) * perBlow
	for i := range people {
		w.employee("Person", fmt.Sprintf("%03d", i), uid(i+1))
	}
	c.reader = w.reader()
	c.tablet = w.tablet(c.reader.Connstring)
	c.device = w.activate(c.tablet)
	w.known(c.device, people)

	for i, b := range blows {
		prunes := b.step == failpoint.Pruning || b.step == failpoint.Pruned
		n := 1 + dice.IntN(3)
		if prunes { // once in an hour
			n = 1
		}
		t.Logf("%2d: %s at passing %d", i+1, b.step, n)
		if b.cloud {
			c.killCloud(failpoint.Environment(b.step, n))
		} else {
			c.killTablet(failpoint.Environment(b.step, n), prunes)
		}
	}
	c.live()
	c.settle()
}

// perBlow is how many people may come before a program has to be dead.
const perBlow = 8

// crash is a morning with accidents.
type crash struct {
	*world
	reader *stage.Reader
	tablet *stage.Tablet
	device string

	next   int            // the person who comes next, or comes again
	seen   []stage.Shown  // the ledger: every tick that was on a screen, in order
	cutOff map[string]int // by name: taps that were cut off without an answer
	wanted map[string]int // by name: the answer was that the punch is there already
}

// killTablet has people tap until the tablet, started anew, has died of its
// failpoint. Alone, it has no cloud meanwhile: whatever it lets go then is gone.
func (c *crash) killTablet(env string, alone bool) {
	c.t.Helper()
	c.begin(env, "", alone)
	for i := range perBlow {
		if !c.tap() {
			c.endLedger()
			return
		}
		if !alone {
			c.pause(i)
		}
	}
	c.t.Fatalf("%s: the tablet is alive after %d taps", env, perBlow)
}

// killCloud has people tap until the cloud has died; the tablet goes on alone.
func (c *crash) killCloud(env string) {
	c.t.Helper()
	c.begin("", env, false)
	for i := range perBlow {
		if !c.tap() {
			c.t.Fatal("the tablet has died though only the cloud was to")
		}
		c.pause(i)
		if ended(c.cloud.Done()) {
			break
		}
	}
	select {
	case <-c.cloud.Done():
	case <-c.ctx.Done():
		c.t.Fatalf("%s: the cloud is alive after %d taps", env, perBlow)
	}
	if !c.tap() {
		c.t.Fatal("a tablet without a cloud has died")
	}
}

// pause waits, once some people have come in a rush, until all is told or somebody
// is dead: on a slow machine everybody could have come before the line stands.
func (c *crash) pause(came int) {
	c.t.Helper()
	if came < perBlow/2 {
		return
	}
	c.eventually("all is told", func() bool { return c.quiet() || ended(c.tablet.Done()) || ended(c.cloud.Done()) })
}

// begin brings both programs up, each with its failpoint. A tablet of the round
// before is killed too, at no particular moment. A tablet that is to be alone
// starts with a punch that the cloud has not been told of.
func (c *crash) begin(tablet, cloud string, alone bool) {
	c.t.Helper()
	c.opts.Env, c.tabletEnv = nil, nil
	if cloud != "" {
		c.opts.Env = []string{cloud}
	}
	if tablet != "" {
		c.tabletEnv = []string{tablet}
	}
	if alone {
		c.beAlone()
	}
	if !ended(c.tablet.Done()) {
		c.check(c.tablet.Kill())
		c.endLedger()
	}
	if alone {
		c.start()
		return
	}
	if cloud != "" || ended(c.cloud.Done()) {
		c.check(c.cloud.Kill())
		c.startCloud()
	}
	c.start()
}

// start starts the tablet and waits until it reads cards, or is dead. Before, the
// reader's process of a tablet that was killed may take a card that nobody hears of.
func (c *crash) start() {
	c.t.Helper()
	c.tablet = c.world.tablet(c.reader.Connstring)
	_, err := c.tablet.Await(c.ctx, "the reader to be ready", func(s stage.Shown) bool { return s.Status != nil && s.Status.Reader == "ready" })
	if err != nil && !ended(c.tablet.Done()) {
		c.t.Fatal(err)
	}
}

// beAlone takes the cloud away and has somebody tap.
func (c *crash) beAlone() {
	c.t.Helper()
	c.check(c.cloud.Kill())
	if ended(c.tablet.Done()) {
		env := c.tabletEnv
		c.tabletEnv = nil
		c.start()
		c.tabletEnv = env
	}
	if !c.tap() {
		c.t.Fatal("a tablet without a cloud has died")
	}
}

// tap has one person tap and look for an answer; it tells whether the tablet
// has lived to give one. Who saw none comes again.
func (c *crash) tap() bool {
	c.t.Helper()
	if ended(c.tablet.Done()) {
		return false // before anybody came
	}
	alive, cancel := context.WithCancel(c.ctx)
	defer cancel()
	died := c.tablet.Done()
	go func() {
		select {
		case <-died:
			cancel()
		case <-alive.Done():
		}
	}()
	err := c.reader.Tap(alive, uid(c.next+1))
	answer := stage.Shown{}
	if err == nil {
		answer, err = c.tablet.Await(c.ctx, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" })
	}
	name := fmt.Sprintf("Person %03d", c.next)
	switch {
	case err != nil && ended(c.tablet.Done()):
		if !slices.ContainsFunc(c.tablet.All(), func(s stage.Shown) bool { return s.Scene == "accepted" && s.Name == name }) {
			c.cutOff[name]++
			return false
		}
		c.next++
		return false
	case err != nil:
		c.t.Fatal(err)
	case answer.Name != name:
		c.t.Fatalf("%s taps and %q is answered: %+v", name, answer.Name, answer)
	case answer.Reason == "too-soon":
		c.wanted[name]++
	case answer.Scene != "accepted":
		c.t.Fatalf("%s is refused: %+v", name, answer)
	}
	c.next++
	return true
}

// endLedger copies what a tablet has shown in its life.
func (c *crash) endLedger() {
	for _, s := range c.tablet.All() {
		if s.Scene == "accepted" {
			c.seen = append(c.seen, s)
		}
	}
}

// live is the round in which nobody dies.
func (c *crash) live() {
	c.t.Helper()
	c.begin("", "", false)
	for range 3 {
		if !c.tap() {
			c.t.Fatal("the tablet has died of nothing")
		}
	}
	c.endLedger()
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
