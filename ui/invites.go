package ui

import (
	"strings"

	"muster/ui/scene"
)

// drawInvites draws the page by which a manager invites and reminds people.
func (k *Kiosk) drawInvites(f *frame, s Invites) {
	switch {
	case s.Step == scene.InvitesCard:
		k.drawInvitesCard(f)
	case s.Step == scene.InvitesDenied:
		k.drawInvitesNotice(f, "invites.denied", "invites.denied.do", "")
	case s.Failed != "":
		k.drawInvitesNotice(f, "invites.failed", "invites.failed.do", f.words.say("refused.code", values{"Code": s.Failed.Code()}))
	case s.Nobody:
		k.drawInvitesNotice(f, "invites.nobody-left", "invites.nobody-left.do", "")
	case s.Step == scene.InvitesConfirm:
		k.drawInvitesConfirm(f, s)
	default:
		k.drawInvitesList(f, s)
	}
}

// invitesEntry draws the way to that page.
func (k *Kiosk) invitesEntry(f *frame, a area) {
	plain := look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: sizeText - 4, icon: "invites"}
	f.button(a.cutRight(min(a.w, f.px(440))), "invites", f.words.say("invites.menu"), plain, func() { k.intents.Invites(scene.OpenInvites, "") })
}

// does is what a touch does at the page.
func (k *Kiosk) does(act scene.InvitesAct) func() { return func() { k.intents.Invites(act, "") } }

// drawInvitesCard asks for the manager's card.
func (k *Kiosk) drawInvitesCard(f *frame) {
	words, hold := f.halves()
	foot := words.cutBottom(max(answerHeight, f.px(112)))
	words.cutBottom(f.px(3 * step))
	f.button(foot.cutLeft(min(foot.w, f.px(360))), "close", f.words.say("invitation.back"), f.plain("back"), k.does(scene.CloseInvites))
	f.column(words, 0.45, func(c *column) {
		c.text(f.words.say("invites.menu"), lettering{size: sizeTitle, color: quietRole, lines: 2})
		c.gap(44)
		c.text(f.words.say("invites.card"), lettering{size: 64, bold: true, lines: 4, least: 32})
		c.gap(48)
		c.text(f.words.say("invitation.card.no-punch"), lettering{size: 40, lines: 3})
	})
	f.drawHold(hold, f.words.say("ready.hold"))
}

// drawInvitesNotice draws why nothing was asked for.
func (k *Kiosk) drawInvitesNotice(f *frame, why, do, small string) {
	a := f.all
	back := a.cutBottom(max(answerHeight, f.px(128))+f.px(4*step)).inset(f.px(56), f.px(2*step))
	rest := *f
	rest.all, rest.objects = a, nil
	sign, words, foot := rest.noticeAreas()
	rest.notice(sign, "refuse", f.palette.refuse, "invites")
	if small != "" {
		rest.small(foot, small)
	}
	rest.say(words, why, f.words.say(do))
	f.objects = append(f.objects, rest.objects...)
	f.button(back.cutLeft(min(back.w, f.px(360))), "close", f.words.say("invitation.back"), f.plain("back"), k.does(scene.CloseInvites))
}

// drawInvitesConfirm draws what would go out, to whom and how, before it does.
func (k *Kiosk) drawInvitesConfirm(f *frame, s Invites) {
	a := f.all.inset(f.px(56), f.px(40))
	foot := a.cutBottom(max(answerHeight, f.px(128)))
	a.cutBottom(f.px(4 * step))
	gap := f.px(3 * step)
	send := look{fill: f.palette.accept, edge: f.palette.accept, text: stateRole, size: sizeTitle - 4, bold: true, icon: "invitation"}
	f.button(foot.cutLeft((foot.w-gap)*0.36), "back", f.words.say("invitation.back"), f.plain("back"), k.does(scene.BackToInvites))
	foot.cutLeft(gap)
	f.button(foot, "confirm", f.words.say("invites.send-now"), send, k.does(scene.ConfirmInvites))
	var names []string
	for _, p := range s.People {
		if p.Ticked {
			names = append(names, clip(p.Name, maxName))
		}
	}
	f.column(a, 0.5, func(c *column) {
		c.text(f.asksFor(s), lettering{align: f.side(), size: 64, bold: true, lines: 3, least: 30})
		c.gap(40)
		c.text(f.someOf(names, 6), lettering{align: f.side(), size: sizeText, color: quietRole, lines: 5, least: 16})
		c.gap(44)
		c.text(f.goesOut(s), lettering{align: f.side(), size: 40, lines: 2, least: 20})
		c.gap(32)
		more := f.words.say("invites.once")
		if !k.status.Link.Online {
			more = f.words.say("invites.later") + " " + more
		}
		c.text(more, lettering{align: f.side(), size: sizeNote + 4, color: quietRole, lines: 4, least: 16})
	})
}

// asksFor says what a manager is about to ask for.
func (f *frame) asksFor(s Invites) string {
	switch {
	case s.ToRemind == 0:
		return f.words.count("invites.invite-so-many", s.ToInvite)
	case s.ToInvite == 0:
		return f.words.count("invites.remind-so-many", s.ToRemind)
	default:
		return f.words.say("invites.both-so-many", values{"Invite": s.ToInvite, "Remind": s.ToRemind})
	}
}

// goesOut says how many messages take which way.
func (f *frame) goesOut(s Invites) string {
	var ways []string
	if s.Email > 0 {
		ways = append(ways, f.words.count("invites.by-email", s.Email))
	}
	if s.SMS > 0 {
		ways = append(ways, f.words.count("invites.by-sms", s.SMS))
	}
	return strings.Join(ways, ", ")
}

// someOf lists names, and how many more there are.
func (f *frame) someOf(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most-1], ", ") + " " + f.words.count("invites.and-more", len(names)-most+1)
}
