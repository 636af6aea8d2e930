package main

import (
	"context"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/ui"
	"muster/ui/scene"
)

// joins shows that an answer was stored.
type joins struct {
	noIntents
	kiosk atomic.Pointer[ui.Kiosk]
}

func (*joins) MyInvitations() {}

// Invites implements ui.Intents.
func (*joins) Invites(scene.InvitesAct, string) {}

// CloseInvitation implements ui.Intents.
func (j *joins) CloseInvitation() {
	j.kiosk.Load().Show(ui.Ready{Settings: windowSettings, Invitations: true})
}

// AnswerInvitation implements ui.Intents.
func (j *joins) AnswerInvitation(id string, join bool) {
	if id == "q1" {
		j.kiosk.Load().Show(ui.Invitation{Step: ui.InvitationAnswered, Join: join, Expires: time.Now().Add(time.Hour)})
	}
}

// Fingers on a real window: each button of the question does what it says.
func TestL14WindowInvitation(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	s := openScreen(t, ctx, "1280", "800")
	w := openWindow(t, ctx, "kiosk", s.name)
	w.ask(t, "ready")
	s.until(t, ctx, "the ready screen", func(img *image.RGBA) bool { return share(img, color.RGBA{0xF7, 0xF8, 0xFA, 255}) > 0.4 })
	for _, c := range []struct{ touch, says string }{{"close", "my invitations"}, {"decline", "You have declined"}, {"join", "Thank you"}} {
		list := w.ask(t, "invitation")
		// What is there is asked of the window: a frame may be of before, or half drawn.
		asked := s.until(t, ctx, "the question", func(*image.RGBA) bool { return reads(w.ask(t, ""), "Brückner Logistik") })
		i := slices.IndexFunc(list, func(o onScreen) bool { return o.Touch == c.touch })
		if i < 0 {
			t.Fatalf("there is no %q: %v", c.touch, list)
		}
		keep(t, "invitation", asked)
		s.click(t, list[i].X+list[i].W/2, list[i].Y+list[i].H/2)
		keep(t, "invitation-"+c.touch, s.until(t, ctx, c.says, func(*image.RGBA) bool { return says(w.ask(t, ""), c.says) }))
	}
}

// says tells whether a text is on the screen, on a button or over several lines.
func says(list []onScreen, text string) bool {
	all := ""
	for _, o := range list {
		all += o.Text + " "
	}
	return strings.Contains(all, text) || slices.ContainsFunc(list, func(o onScreen) bool { return o.Touch == text })
}
