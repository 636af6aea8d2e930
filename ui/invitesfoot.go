package ui

import (
	"strconv"

	"muster/ui/scene"
)

// invitesFootHeight is the height of what can be touched below the rows; upright
// there are two lines of it.
func (f *frame) invitesFootHeight() float32 {
	h := max(f.touch(), f.px(112))
	if f.portrait {
		return 2*h + f.px(2*step)
	}
	return h
}

// drawInvitesFoot draws the way back, the pages, everybody, and what to do with
// those who are ticked.
func (k *Kiosk) drawInvitesFoot(f *frame, a area, s Invites, pages int) {
	gap := f.px(2 * step)
	main := a
	if f.portrait {
		main = a.cutBottom((a.h - gap) / 2)
		a.cutBottom(gap)
	}
	result := s.Step == scene.InvitesResult
	leave, name := f.words.say("invitation.back"), "back"
	act := k.does(scene.CloseInvites)
	if result {
		leave, name = f.words.say("invites.done"), "accept"
	}
	f.button(main.cutLeft(max(f.touch(), f.px(220))), "close", leave, f.plain(name), act)
	main.cutLeft(gap)
	if result {
		f.button(main.cutRight(max(f.touch(), f.px(360))), "back", f.words.say("invites.to-list"), f.plain("invites"), k.does(scene.BackToInvites))
	} else if len(s.People) > 0 {
		k.drawInvitesAct(f, main.cutRight(max(f.touch(), f.px(400))), s)
	}
	main.cutRight(gap)
	if !f.portrait {
		a = main
	}
	if !result && s.Askable > 0 {
		label, icon := f.words.say("invites.all"), "unticked"
		if s.Ticked == s.Askable {
			label, icon = f.words.say("invites.none"), "ticked"
		}
		f.button(a.cutRight(max(f.touch(), f.px(190))), "all", label, f.plain(icon), k.does(scene.TickAll))
		a.cutRight(gap)
	}
	if pages > 1 {
		k.drawPages(f, a, pages)
	}
}

// drawInvitesAct draws the button that everything is for; it is quiet while nobody
// is ticked.
func (k *Kiosk) drawInvitesAct(f *frame, a area, s Invites) {
	p := f.palette
	l := look{fill: p.ink, edge: p.ink, text: paperRole, size: sizeText, bold: true, icon: "invitation"}
	label := f.words.say("invites.do")
	switch {
	case s.Ticked == 0:
		l.fill, l.edge, l.text = p.card, p.edge, quietRole
	case s.ToRemind == 0:
		label = f.words.count("invites.do.invite", s.Ticked)
	case s.ToInvite == 0:
		label = f.words.count("invites.do.remind", s.Ticked)
	default:
		label = f.words.count("invites.do.both", s.Ticked)
	}
	f.button(a, "review", label, l, k.does(scene.ReviewInvites))
}

// drawPages draws the way to the other pages, and which this is.
func (k *Kiosk) drawPages(f *frame, a area, pages int) {
	gap := f.px(step)
	wide := max(f.touch(), f.px(112))
	if room := 2*wide + 2*gap + f.px(96); a.w > room {
		a = a.middle(room, a.h)
	}
	turn := func(by int) func() {
		return func() {
			k.alone(func() {
				k.page = max(0, min(pages-1, k.page+by))
				k.draw()
			})
			k.intents.Invites(scene.StayAtInvites, "") // outside the lock: the answer may come at once
		}
	}
	quiet := f.plain("previous")
	if k.page == 0 {
		quiet.text = quietRole
	}
	f.button(a.cutLeft(wide), "previous", "", quiet, turn(-1))
	quiet = f.plain("next")
	if k.page == pages-1 {
		quiet.text = quietRole
	}
	f.button(a.cutRight(wide), "next", "", quiet, turn(1))
	f.centred(a.inset(gap, 0), strconv.Itoa(k.page+1)+"/"+strconv.Itoa(pages), lettering{size: sizeNote + 2, align: centre})
}
