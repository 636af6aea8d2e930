package ui_test

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"muster/attendance"
	"muster/ui"
)

var asks = ui.Invitation{Step: ui.InvitationQuestion, ID: "q1", Name: "Anna Petrova", Organisation: "Brückner Logistik", Expires: monday.Add(20 * time.Second)}

// Join, Decline and Later are there to touch, each large enough for a glove, and
// each tells whoever decides which question it was.
func TestL14TheQuestionIsAnsweredByATouch(t *testing.T) {
	for name, size := range sizes {
		s := open(t, ui.Options{}, size)
		s.Show(ui.Ready{Settings: settings})
		s.Show(asks)
		if !s.says("Brückner Logistik") || !s.says("Anna Petrova") || !s.says("Join") || !s.says("Decline") {
			t.Errorf("%s: the question says %v", name, s.texts())
		}
		for _, o := range s.tree() {
			if p, ok := o.object.(named); ok && min(o.object.Size().Width, o.object.Size().Height) < 96 {
				t.Errorf("%s: %q has a size of %v", name, p.Name(), o.object.Size())
			}
		}
		for _, touch := range []string{"join", "decline", "close"} {
			if !s.tap(touch) {
				t.Errorf("%s: there is no %q", name, touch)
			}
		}
		if want := []string{"join q1", "decline q1", "later"}; !slices.Equal(s.intents.said, want) {
			t.Errorf("%s: asked for %v, want %v", name, s.intents.said, want)
		}
		s.Close()
	}
}

func TestL15TheMenuLeadsToInvitations(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	if s.tap("my invitations") {
		t.Error("nobody is invited, and the menu is there")
	}
	s.Show(ui.Ready{Settings: settings, Invitations: true})
	if !s.says("My invitations") || !s.tap("my invitations") {
		t.Fatalf("no way to invitations: %v", s.texts())
	}
	s.Show(ui.Invitation{Step: ui.InvitationCard, Expires: monday.Add(12 * time.Second)})
	if !s.says("Hold your card") || !s.says("clock you in or out") {
		t.Errorf("it asks for the card with %v", s.texts())
	}
	s.tap("close")
	if want := []string{"invitations", "later"}; !slices.Equal(s.intents.said, want) {
		t.Errorf("asked for %v", s.intents.said)
	}
	declined := asks
	declined.Declined = true
	s.Show(declined)
	if s.tap("decline") || !s.tap("join") {
		t.Error("after a no there is only a yes")
	}
}

// The question goes by itself, and at the next person's receipt.
func TestL14TheQuestionGoes(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(asks)
	s.clock.turn(20*time.Second - time.Millisecond)
	if !s.says("Anna") {
		t.Error("gone too early")
	}
	s.clock.turn(time.Millisecond)
	if s.says("Anna") || !s.says("Hold your card here") {
		t.Errorf("still there: %v", s.texts())
	}
	late := asks
	late.Expires = s.clock.Now().Add(20 * time.Second)
	s.Show(late)
	boris := attendance.Profile{ID: "b", FirstName: "Boris", LastName: "Ivanov"}
	s.Show(ui.Result{Receipt: punch(boris, attendance.Out), Settings: settings})
	if s.says("Anna") || s.tap("join") || !s.says("Boris") {
		t.Errorf("the next person sees %v", s.texts())
	}
	s.clock.turn(time.Minute)
	if s.says("Anna") || s.says("Boris") {
		t.Errorf("left on the screen: %v", s.texts())
	}
}

// Somebody is asked in their own language, whatever the site speaks.
func TestL14AskedInOnesOwnLanguage(t *testing.T) {
	s := open(t, ui.Options{}, fyne.NewSize(1280, 800))
	s.Show(ui.Ready{Settings: speaking("de")})
	q := asks
	q.Language = "ru"
	s.Show(q)
	if !s.says("Вступить") || s.says("Beitreten") {
		t.Errorf("asked %v", s.texts())
	}
}
