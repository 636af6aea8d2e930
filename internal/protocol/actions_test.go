package protocol_test

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/sync/wire"
)

func (w *world) actions() map[string]func(*rapid.T) {
	which := func(t *rapid.T) *tablet { return w.tablets[rapid.IntRange(0, len(w.tablets)-1).Draw(t, "tablet")] }
	at := func(t *rapid.T, n int) int { return rapid.IntRange(0, n-1).Draw(t, "which") }
	pass := func(t *rapid.T, most time.Duration) {
		w.now = w.now.Add(time.Duration(rapid.Int64Range(1, most.Milliseconds()).Draw(t, "ms")) * time.Millisecond)
	}
	tap := func(t *rapid.T) {
		tab := which(t)
		for range rapid.IntRange(1, 4).Draw(t, "taps") {
			pass(t, 5*time.Second)
			tab.tap(rapid.IntRange(0, people).Draw(t, "person")) // the last is nobody
		}
		tab.step()
	}
	exchange := func(t *rapid.T) {
		tab := which(t)
		if tab.session == nil {
			tab.connect(rapid.IntRange(0, replicas-1).Draw(t, "replica"))
		}
		w.exchange(tab)
	}
	return map[string]func(*rapid.T){
		"tap":            tap,
		"tap once more":  tap,
		"exchange":       exchange,
		"exchange again": exchange,
		"connect": func(t *rapid.T) {
			tab := which(t)
			tab.connect(rapid.IntRange(0, replicas-1).Draw(t, "replica"))
			tab.step()
		},
		"cut": func(t *rapid.T) { which(t).session = nil },
		"wait": func(t *rapid.T) {
			pass(t, 20*time.Minute)
			for _, tab := range w.tablets {
				tab.look()
				tab.step()
			}
		},
		"arrive": func(t *rapid.T) {
			if len(w.up) == 0 {
				t.Skip("nothing on the way")
			}
			// Several for the same replica may be committed together.
			first := w.up[at(t, len(w.up))]
			var group []letter
			keep := rapid.Bool().Draw(t, "again later")
			for n, i := rapid.IntRange(1, 3).Draw(t, "together"), len(w.up)-1; i >= 0 && len(group) < n; i-- {
				if w.up[i].replica == first.replica {
					group = append(group, w.up[i])
					if !keep {
						w.up = slices.Delete(w.up, i, i+1)
					}
				}
			}
			r := w.cloud.replicas[first.replica]
			switch rapid.IntRange(0, 5).Draw(t, "fate") {
			case 0: // it dies before its commit
				w.hangUp(first.replica)
			case 1: // it dies after its commit, before its answer
				r.mute = true
				w.arrive(group...)
				w.hangUp(first.replica)
			default:
				w.arrive(group...)
			}
		},
		"hear": func(t *rapid.T) {
			if len(w.down) == 0 {
				t.Skip("nothing on the way")
			}
			i := at(t, len(w.down))
			l := w.down[i]
			if !rapid.Bool().Draw(t, "again later") {
				w.down = slices.Delete(w.down, i, i+1)
			}
			w.hear(l)
			w.tablets[l.tablet].step()
		},
		"lose": func(t *rapid.T) {
			if len(w.up) > 0 {
				w.up = slices.Delete(w.up, 0, at(t, len(w.up))+1)
			}
			if len(w.down) > 0 {
				w.down = slices.Delete(w.down, 0, at(t, len(w.down))+1)
			}
		},
		"tablet dies": func(t *rapid.T) {
			tab := which(t)
			if tab.rotten {
				t.Skip("its next start would find the damage") // and salvage, which the tests of device/store are for
			}
			tab.stop()
			if rapid.Bool().Draw(t, "machine too") {
				tab.reboot()
			}
			tab.start()
		},
		"tablet's backup": func(t *rapid.T) {
			if tab := which(t); !tab.rotten {
				tab.keepBackup()
			}
		},
		"tablet is restored": func(t *rapid.T) {
			tab := which(t)
			if tab.backup.db == nil {
				t.Skip("no backup")
			}
			tab.restore()
			w.lose(func(s *tick) { s.gone = true })
		},
		"tablet is cloned": func(t *rapid.T) {
			if len(w.tablets) > tablets {
				t.Skip("one is enough")
			}
			which(t).clone()
		},
		"a copy's row rots": func(t *rapid.T) {
			if len(w.tablets) == tablets {
				t.Skip("no copy")
			}
			w.tablets[tablets].rot(t)
		},
		"cloud's backup": func(*rapid.T) { w.cloud.keepBackup() },
		"cloud is restored": func(t *rapid.T) {
			if !w.cloud.kept {
				t.Skip("no backup")
			}
			w.restoreCloud()
		},
		"clock is set": func(t *rapid.T) {
			tab := which(t)
			tab.skew = rapid.SampledFrom([]time.Duration{0, 3 * time.Hour, -2 * time.Hour, 400 * 24 * time.Hour, -26 * 365 * 24 * time.Hour}).Draw(t, "skew")
			if rapid.Bool().Draw(t, "while off") && !tab.rotten {
				tab.stop()
				tab.reboot()
				tab.start()
			}
		},
		"disk fills or is cleared": func(t *rapid.T) {
			if tab := which(t); rapid.Bool().Draw(t, "cloud's") {
				w.cloud.full = !w.cloud.full
			} else {
				tab.disk.full = !tab.disk.full
			}
		},
		"prune": func(t *rapid.T) {
			which(t).prune(rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "keep"))
		},
		"roster changes": w.change,
		"push": func(t *rapid.T) {
			have := rapid.Uint64Range(0, 12).Draw(t, "back")
			_, head, _ := w.cloud.feed()
			page, err := w.cloud.replicas[0].SitePage(w.ctx, w.tablets[0].self.Site, head-min(head, have), pageSize)
			w.must(err)
			body, err := proto.Marshal(page)
			w.must(err)
			for i := range w.tablets {
				w.down = append(w.down, letter{tablet: i, leaf: wire.DownFeed, body: body})
			}
		},
	}
}

// exchange brings what a tablet has to say to the cloud it is connected with, and the
// answers back.
func (w *world) exchange(tab *tablet) {
	tab.step()
	for range 3 {
		var mine []letter
		w.up, mine = part(w.up, tab.n)
		for _, l := range mine {
			w.arrive(l)
		}
		w.down, mine = part(w.down, tab.n)
		for _, l := range mine {
			w.hear(l)
		}
		tab.step()
	}
}

// restoreCloud sets the cloud back to its backup.
func (w *world) restoreCloud() {
	w.up, w.down = nil, nil // its broker goes down with it
	for _, tab := range w.tablets {
		tab.session = nil
	}
	w.cloud.restore()
	w.lose(w.lostByCloud)
}

// hangUp ends a replica's process, and what hangs on it.
func (w *world) hangUp(replica int) {
	w.cloud.replicas[replica].start()
	for _, t := range w.tablets {
		if t.replica == replica {
			t.session = nil
		}
	}
}

// part takes a tablet's letters out of others.
func part(all []letter, tablet int) (rest, mine []letter) {
	for _, l := range all {
		if l.tablet == tablet {
			mine = append(mine, l)
		} else {
			rest = append(rest, l)
		}
	}
	return rest, mine
}

// change does what an administrator does to people and cards.
func (w *world) change(t *rapid.T) {
	who := rapid.IntRange(0, people-1).Draw(t, "person")
	s, p, actor := w.cloud.replicas[rapid.IntRange(0, replicas-1).Draw(t, "replica")], w.template, w.template.actor
	card := p.key.ID(uid(who))
	var err error
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		err = s.ChangeProfile(w.ctx, actor, attendance.Profile{
			ID: p.people[who], Number: fmt.Sprint(9000 + who), FirstName: rapid.SampledFrom([]string{"Anna", "Bert"}).Draw(t, "name"), LastName: "Test",
			Blocked: rapid.Bool().Draw(t, "blocked"),
		}, []attendance.SiteID{w.tablets[0].self.Site})
	case 1:
		err = s.BlockCard(w.ctx, actor, p.people[who], card, rapid.Bool().Draw(t, "blocked"))
	case 2:
		err = s.EndCard(w.ctx, actor, p.people[who], card)
	default:
		err = s.AssignCard(w.ctx, actor, p.people[rapid.IntRange(0, people-1).Draw(t, "to")], card, "")
	}
	_ = err // refused where it can't be, as for anybody
}
