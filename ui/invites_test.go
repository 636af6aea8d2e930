package ui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"muster/attendance"
	"muster/invite"
	"muster/ui"
	"muster/ui/scene"
)

// pendingPage is the page with so many people, each of whom can be invited.
func pendingPage(n int) ui.Invites {
	s := ui.Invites{Step: scene.InvitesList, Manager: "Tim Berger", Askable: n, Expires: monday.Add(time.Minute)}
	for i := range n {
		s.People = append(s.People, scene.Invitee{
			ID: string(rune('a' + i)), Name: "Person " + string(rune('A'+i)), Event: invite.Invite,
			State: invite.State{Account: invite.Inactive, Delivery: invite.None, Membership: invite.Accepted},
		})
	}
	return s
}

// touches returns what can be touched, by name.
func (s *stage) touches() map[string]fyne.Size {
	all := map[string]fyne.Size{}
	for _, o := range s.tree() {
		if p, ok := o.object.(named); ok {
			all[p.Name()] = o.object.Size()
		}
	}
	return all
}

// The way to the page is there when it leads somewhere, and only then; it leaves the
// way to one's own invitations alone.
func TestK3TheEntryIsThereWhileSomebodyIsPending(t *testing.T) {
	for name, size := range sizes {
		s := open(t, ui.Options{}, size)
		for _, c := range []struct{ invites, invitations bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			s.Show(ui.Ready{Settings: settings, Invites: c.invites, Invitations: c.invitations})
			touches := s.touches()
			if _, there := touches["invites"]; there != c.invites {
				t.Errorf("%s: %+v: the entry is there: %v", name, c, there)
			}
			if _, there := touches["my invitations"]; there != c.invitations {
				t.Errorf("%s: %+v: the way to one's own is there: %v", name, c, there)
			}
		}
		s.tap("invites")
		if want := []string{"invites open"}; !slices.Equal(s.intents.said, want) {
			t.Errorf("%s: asked for %v", name, s.intents.said)
		}
		s.Close()
	}
}

// Everybody is on some page of the list, on each screen, once; each row is large
// enough for a glove, and says who was touched.
func TestK1K4EveryRowCanBeReached(t *testing.T) {
	for name, size := range sizes {
		s := open(t, ui.Options{}, size)
		s.Show(ui.Ready{Settings: settings})
		page := pendingPage(23)
		s.Show(page)
		seen := map[string]int{}
		for range 23 {
			for touch, of := range s.touches() {
				if of.Width < 72 || of.Height < 72 {
					t.Errorf("%s: %q has a size of %v", name, touch, of)
				}
				if id, row := strings.CutPrefix(touch, "tick "); row {
					seen[id]++
				}
			}
			before := strings.Join(s.texts(), "|")
			if s.tap("next"); strings.Join(s.texts(), "|") == before {
				break
			}
		}
		if len(seen) != 23 {
			t.Errorf("%s: %d of 23 people are on a page", name, len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s: %s is on %d pages", name, id, n)
			}
		}
		row := ""
		for touch := range s.touches() {
			if strings.HasPrefix(touch, "tick ") {
				row = touch
			}
		}
		for _, touch := range []string{"all", row, "review", "close"} {
			s.tap(touch)
		}
		said := s.intents.said[slices.Index(s.intents.said, "invites all"):]
		if want := []string{"invites all", "invites " + row, "invites review", "invites close"}; !slices.Equal(said, want) {
			t.Errorf("%s: asked for %v, want %v", name, said, want)
		}
		if !slices.Contains(s.intents.said, "invites stay") {
			t.Errorf("%s: whoever turns pages is not known to be reading", name)
		}
		s.Close()
	}
}

// News of the list leave the page that is being read; another list begins anew. A
// list that has become shorter has no empty page.
func TestTheListStaysWhereItIsRead(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(pendingPage(12))
	s.tap("next")
	if s.says("Person A") || !s.says("Person E") {
		t.Fatalf("the second page says %v", s.texts())
	}
	page := pendingPage(12)
	page.People[5].Ticked, page.Ticked, page.ToInvite = true, 1, 1
	s.Show(page)
	if !s.says("Person E") || !s.says("Invite 1") {
		t.Errorf("after a tick the page says %v", s.texts())
	}
	s.tap("next")
	s.Show(pendingPage(2))
	if !s.says("Person A") {
		t.Errorf("shorter, the list says %v", s.texts())
	}
	s.Show(pendingPage(12))
	s.tap("next")
	s.Show(ui.Ready{Settings: settings})
	s.Show(pendingPage(12))
	if !s.says("Person A") {
		t.Errorf("opened anew the page says %v", s.texts())
	}
}

// What goes out, to how many and how, is said before; nothing goes out by the first
// touch.
func TestK7WhatGoesOutIsConfirmed(t *testing.T) {
	s := open(t, ui.Options{}, sizes["800x480"])
	s.Show(ui.Ready{Settings: settings})
	page := pendingPage(3)
	page.Step, page.Ticked, page.ToInvite, page.ToRemind, page.Email, page.SMS = scene.InvitesConfirm, 3, 1, 2, 2, 1
	for i := range page.People {
		page.People[i].Ticked = i != 1
	}
	s.Show(page)
	for _, want := range []string{"Invite 1 and remind 2?", "2 emails go out, 1 SMS goes out", "Person A, Person C"} {
		if !s.says(want) {
			t.Errorf("it doesn't say %q: %v", want, s.texts())
		}
	}
	if len(s.intents.said) != 0 {
		t.Errorf("asked for %v before anybody touched anything", s.intents.said)
	}
	s.tap("confirm")
	s.tap("back")
	if want := []string{"invites confirm", "invites back"}; !slices.Equal(s.intents.said, want) {
		t.Errorf("asked for %v", s.intents.said)
	}
}

// Who can't be asked can't be ticked, and it is said when they can be.
func TestK9TheListSaysWhenAgain(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	page := pendingPage(1)
	page.People[0].Event, page.People[0].Hurdle = "", invite.ChasedAlready
	page.People[0].Last, page.People[0].Again = monday.Add(-time.Hour), monday.Add(23*time.Hour)
	s.Show(page)
	if !s.says("Can be reminded again Tuesday 06:58") {
		t.Errorf("it says %v", s.texts())
	}
	if s.tap("tick a") {
		t.Error("somebody who was messaged an hour ago can be ticked")
	}
	result := pendingPage(1)
	result.Step, result.People[0].Fate, result.People[0].Again = scene.InvitesResult, invite.Fate(invite.ChasedAlready), monday.Add(20*time.Hour)
	s.Show(result)
	if !s.says("Can be reminded again Tuesday 03:58") {
		t.Errorf("the result says %v", s.texts())
	}
}

// Personal data leaves the screen by itself, and where nothing could be stored it
// says so.
func TestInvitesLeaveTheScreen(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(pendingPage(3))
	s.clock.turn(time.Minute)
	if s.says("Person A") {
		t.Errorf("a minute later the screen says %v", s.texts())
	}
	failed := pendingPage(0)
	failed.Step, failed.Failed, failed.Expires = scene.InvitesResult, attendance.StorageFull, monday.Add(2*time.Minute)
	s.Show(failed)
	if !s.says("couldn’t be stored") || !s.says(attendance.StorageFull.Code()) {
		t.Errorf("with a full disk it says %v", s.texts())
	}
}
