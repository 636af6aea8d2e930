package protocol_test

import (
	"maps"
	"slices"
	"time"

	"muster/attendance"
)

// lose notes which of the punches that were shown are now nowhere, and why.
func (w *world) lose(why func(*tick)) {
	raw, aside := w.cloud.rows(), w.cloud.aside()
	has := make([]map[string]bool, len(w.tablets))
	for i, t := range w.tablets {
		has[i] = t.rows()
	}
	for _, s := range w.shown {
		if !raw[s.id] && !aside[s.id] && !has[s.tablet][s.id] {
			why(s)
		}
	}
}

func (w *world) restored(dev attendance.DeviceID) bool {
	return slices.ContainsFunc(w.tablets, func(t *tablet) bool { return t.at.Device == dev && (t.restores > 0 || t.doubled) })
}

// lostByCloud is for what a restored cloud has lost: that raises the alarm, unless
// the tablet has lost the memory of it as well.
func (w *world) lostByCloud(s *tick) {
	s.alarmed = w.cloud.restores > 0
	s.gone = s.gone || s.alarmed && w.tablets[s.tablet].restores > 0
}

// calm lets everything settle: disks have room, messages arrive in order.
func (w *world) calm() {
	w.cloud.full = false
	for _, t := range w.tablets {
		t.disk.full = false
	}
	for _, r := range w.cloud.replicas {
		r.mute = false
	}
	for round := range 100 {
		w.now = w.now.Add(30 * time.Second * time.Duration(1+round))
		for _, t := range w.tablets {
			if t.session == nil {
				t.connect(round % replicas)
			}
			t.look()
			t.step()
		}
		for len(w.up)+len(w.down) > 0 {
			up := w.up
			w.up = nil
			for _, l := range up {
				w.arrive(l)
			}
			down := w.down
			w.down = nil
			for _, l := range down {
				w.hear(l)
			}
		}
		if round > 5 && w.settled() { // by then whatever waited to be asked again has been
			return
		}
	}
	for _, t := range w.tablets {
		n, _, err := t.Waiting(w.ctx)
		w.t.Logf("tablet %d: %d wait (%v), feed at %v", t.n, n, err, t.roster.State().At)
	}
	w.t.Fatal("it doesn't come to rest")
}

func (w *world) settled() bool {
	_, head, epoch := w.cloud.feed()
	for _, t := range w.tablets {
		n, _, err := t.Waiting(w.ctx)
		w.must(err)
		if at := t.roster.State().At; n > 0 || at.Version != head || at.Epoch != epoch {
			return false
		}
	}
	return true
}

// judge compares what people saw with what the cloud has, once all is quiet.
func (w *world) judge() {
	punches, aside, uncertain := w.cloud.punches(), w.cloud.aside(), w.cloud.uncertain()
	for _, s := range w.shown {
		switch {
		case punches[s.id]: // by its key, once
		case uncertain[s.id]: // whose it is, somebody says
		case aside[s.id]: // the alarm tells of it, and somebody can give it to the person
		case s.gone:
		case s.alarmed && w.cloud.alarmed(w.tablets[s.tablet], s.pruned):
		default:
			w.t.Errorf("punch %s was shown by tablet %d and the cloud doesn't count it; in its log: %v, still on the tablet: %v, of which is told %+v",
				s.id, s.tablet, w.cloud.rows()[s.id], w.tablets[s.tablet].rows()[s.id], w.cloud.asides(s.id))
		}
	}
	doubled := w.cloud.count(`SELECT count(*) FROM (SELECT device, profile, device_time FROM punches GROUP BY device, profile, device_time, received_at, direction HAVING count(*) > 1) AS twice`)
	if doubled > 0 {
		w.t.Errorf("%d punches count twice", doubled)
	}
	if len(punches) > len(w.shown) {
		w.t.Errorf("%d punches count of %d that were shown", len(punches), len(w.shown))
	}
	if lost := w.cloud.count(`SELECT count(*) FROM quarantine WHERE reason = 'lost'`); lost > 0 && w.cloud.restores == 0 {
		w.t.Errorf("%d alarms about what a cloud has lost that was never set back", lost)
	}
	w.cloud.check()
	w.cloud.inOrder()
	w.cloud.verified()
	want, _, _ := w.cloud.feed()
	for _, t := range w.tablets {
		if got := t.knows(); !maps.Equal(got, want) {
			w.t.Errorf("tablet %d knows\n%v, the feed says\n%v", t.n, got, want)
		}
	}
}
