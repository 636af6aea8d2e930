package roster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// entry is the newest change of one person in a feed.
type entry struct {
	version uint64
	name    string // gone when empty, and urgent when it begins with "!"
	picture bool   // it stands for a picture
}

func (e entry) lane() wire.Lane {
	switch {
	case e.picture:
		return wire.Lane_LANE_PICTURES
	case e.name == "" || e.name[0] == '!':
		return wire.Lane_LANE_URGENT
	default:
		return wire.Lane_LANE_PEOPLE
	}
}

func (e entry) change(id attendance.ProfileID) *wire.Change {
	if e.name == "" {
		return &wire.Change{Of: &wire.Change_ProfileGone{ProfileGone: string(id)}}
	}
	return &wire.Change{Of: &wire.Change_Profile{Profile: &wire.Profile{Id: string(id), FirstName: e.told()}}}
}

// told is the name with the version, so that the tablet's side shows how old what
// it has is.
func (e entry) told() string { return fmt.Sprintf("%s@%d", e.name, e.version) }

func versionOf(told string) (v uint64) {
	if _, err := fmt.Sscan(told[strings.Index(told, "@")+1:], &v); err != nil {
		panic(err)
	}
	return v
}

// history is what a backup brings back.
type history struct {
	head  uint64
	floor uint64
	terms []term
	feed  map[attendance.ProfileID]entry
}

type term struct {
	name  string
	since uint64
}

func (h history) copy() history {
	h.terms, h.feed = slices.Clone(h.terms), maps.Clone(h.feed)
	return h
}

// cloud is the other side, as simple as can be.
type cloud struct {
	history
	runs   int
	termed bool // this run has begun its term
}

func (c *cloud) start(h history) {
	c.history, c.termed = h.copy(), false
	c.runs++
}

func (c *cloud) set(n int, name string) {
	if !c.termed {
		c.terms, c.termed = append(c.terms, term{fmt.Sprint("t", c.runs), c.head}), true
	}
	c.head++
	c.feed[person(n)] = entry{c.head, name, pictured(person(n))}
}

func (c *cloud) term() string {
	if len(c.terms) == 0 {
		return ""
	}
	return c.terms[len(c.terms)-1].name
}

// prune drops tombstones.
func (c *cloud) prune() {
	for id, e := range c.feed {
		if e.name == "" {
			c.floor = max(c.floor, e.version)
			delete(c.feed, id)
		}
	}
}

func (c *cloud) goesOn(p *wire.FeedPull) bool {
	furthest, needs := max(p.GetHave(), p.GetPeople(), p.GetUrgent(), p.GetHead()), p.GetHave()
	if p.GetBase() > 0 {
		needs = p.GetBase()
	}
	if p.GetEpoch() == "" || furthest > c.head || needs < c.floor || p.GetBase() > c.head {
		return false
	}
	for i, t := range c.terms {
		if t.name == p.GetTerm() {
			return i == len(c.terms)-1 || furthest <= c.terms[i+1].since
		}
	}
	return p.GetTerm() == ""
}

// after lists the changes of a lane, or of all, behind a version.
func (c *cloud) after(lane wire.Lane, version uint64) []attendance.ProfileID {
	var ids []attendance.ProfileID
	for id, e := range c.feed {
		if e.version > version && (lane == 0 || e.lane() == lane) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b attendance.ProfileID) int { return int(c.feed[a].version) - int(c.feed[b].version) })
	return ids
}

func (c *cloud) page() *wire.FeedPage {
	return &wire.FeedPage{Epoch: "e", Head: c.head, Term: c.term()}
}

func (c *cloud) answer(pull *wire.FeedPull, limit int) *wire.FeedPage {
	p := c.page()
	p.Ask, p.Lanes = pull.GetAsk(), true
	if !c.goesOn(pull) {
		pull, p.Snapshot = &wire.FeedPull{}, true
	}
	p.From, p.FromPeople, p.FromUrgent = pull.GetHave(), pull.GetPeople(), pull.GetUrgent()
	p.To, p.ToPeople, p.ToUrgent = pull.GetHave(), pull.GetPeople(), pull.GetUrgent()
	for i, to := range []*uint64{&p.ToUrgent, &p.ToPeople, &p.To} {
		for _, id := range c.after(wire.Lane(i+1), *to) {
			if len(p.GetChanges()) == limit {
				return packed(p)
			}
			p.Changes, *to = append(p.Changes, c.feed[id].change(id)), c.feed[id].version
		}
		*to = c.head
	}
	return packed(p)
}

func packed(p *wire.FeedPage) *wire.FeedPage {
	var body []byte
	for _, c := range p.GetChanges() {
		b, err := proto.Marshal(c)
		if err != nil {
			panic(err)
		}
		body = wire.AppendChange(body, b)
	}
	var err error
	if p.Packed, err = wire.Pack(body); err != nil {
		panic(err)
	}
	p.Changes = nil
	return p
}

func (c *cloud) push(from uint64, limit int) *wire.FeedPage {
	p := c.page()
	p.From, p.To = from, from
	ids := c.after(0, from)
	if len(ids) > limit || from < c.floor {
		return p
	}
	p.To = max(from, c.head)
	for _, id := range ids {
		p.Changes = append(p.Changes, c.feed[id].change(id))
	}
	return p
}

func (c *cloud) people() map[attendance.ProfileID]string {
	out := map[attendance.ProfileID]string{}
	for id, e := range c.feed {
		if e.name != "" {
			out[id] = e.told()
		}
	}
	return out
}

// Whatever of the feed gets lost, comes twice or in another order, however it is
// cut into pages, whenever tablet or cloud start anew, the cloud is restored from
// a backup or prunes what has long been gone: a few pulls without trouble bring
// the roster to what the site is. In between, a change is never undone by one
// that is older, and somebody who was never removed is never unknown again.
func TestRosterConverges(t *testing.T) {
	t.Parallel()
	for range 50 { // each takes some milliseconds, and what is wrong may be rare
		if !t.Failed() {
			rapid.Check(t, converge)
		}
	}
}

func converge(t *rapid.T) {
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	c := &cloud{}
	c.start(history{feed: map[attendance.ProfileID]entry{}})
	backup := c.copy()
	disk := &memory{names: map[attendance.ProfileID]string{}}
	r := open(t, disk)
	var line []*wire.FeedPage // on the way
	pushed := uint64(0)
	removed := map[attendance.ProfileID]uint64{} // in which version
	restored := false
	steady := map[attendance.ProfileID]bool{} // known, and never removed since
	take := func(p *wire.FeedPage) bool {
		before := disk.state.At
		again, err := r.Apply(t.Context(), proto.CloneOf(p))
		if err != nil {
			t.Fatal(err)
		}
		if at := disk.state.At; !p.GetSnapshot() && (at.Version < before.Version || at.People < before.People || at.Urgent < before.Urgent) {
			t.Fatalf("went back from %v to %v", before, disk.state.At)
		}
		for id := range steady {
			if disk.names[id] == "" {
				t.Fatalf("%s is unknown at %+v", id, disk.state.At)
			}
		}
		for id, name := range disk.names {
			if !restored && versionOf(name) > removed[id] {
				steady[id] = true
			}
		}
		return again
	}
	t.Repeat(map[string]func(*rapid.T){
		"change": func(t *rapid.T) {
			n, name := rapid.IntRange(0, 5).Draw(t, "who"), rapid.SampledFrom([]string{"", "A", "B", "!C", "!D"}).Draw(t, "name")
			if name == "" {
				delete(steady, person(n))
			}
			c.set(n, name)
			if name == "" {
				removed[person(n)] = c.head
			}
		},
		"push": func(*rapid.T) {
			line = append(line, c.push(pushed, limit))
			pushed = c.head
		},
		"pull": func(*rapid.T) { line = append(line, c.answer(r.Pull(), limit)) },
		"lose": func(t *rapid.T) {
			if len(line) > 0 {
				i := rapid.IntRange(0, len(line)-1).Draw(t, "which")
				line = slices.Delete(line, i, i+1)
			}
		},
		"deliver": func(t *rapid.T) {
			if len(line) == 0 {
				return
			}
			i := rapid.IntRange(0, len(line)-1).Draw(t, "which")
			p := line[i]
			if behind := r.PullBehind(p); behind != nil && rapid.Bool().Draw(t, "ask before") {
				line = append(line, c.answer(behind, limit))
			}
			if !rapid.Bool().Draw(t, "again later") {
				line = slices.Delete(line, i, i+1)
			}
			if take(p) {
				line = append(line, c.answer(r.Pull(), limit))
			}
		},
		"tablet starts anew": func(*rapid.T) { r = open(t, disk) },
		"cloud prunes":       func(*rapid.T) { c.prune() },
		"backup":             func(*rapid.T) { backup = c.copy() },
		"restore": func(*rapid.T) {
			c.start(backup)
			pushed, line = c.head, nil // connections went with the old cloud
			clear(steady)
			restored = true // from now on what the tablet has may be of a history that never was
		},
		"restart": func(*rapid.T) {
			c.start(c.history)
			pushed, line = c.head, nil
		},
	})
	for range 50 {
		if !take(c.answer(r.Pull(), limit)) && r.Position().Version == c.head {
			break
		}
	}
	if got, want := disk.names, c.people(); !maps.Equal(got, want) || disk.state.At.Version != c.head {
		t.Fatalf("at %+v the roster is %v, the site %v at %d", disk.state.At, got, want, c.head)
	}
	if is := r.State(); is.At.Base != 0 || is.At == (device.FeedPosition{}) && c.head > 0 {
		t.Fatalf("in the end %+v", is)
	}
}
