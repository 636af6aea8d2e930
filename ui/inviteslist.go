package ui

import (
	"image/color"

	"muster/invite"
	"muster/ui/scene"
)

// rowHeight is the height of a row of the page of invites, in pixels of the design;
// never less than what a glove can touch.
const rowHeight = 104

// drawInvitesList draws who is pending, a page at a time, or what became of an order.
func (k *Kiosk) drawInvitesList(f *frame, s Invites) {
	a := f.all.inset(f.px(5*step), f.px(3*step))
	k.drawInvitesHead(f, a.cutTop(f.px(64)), s)
	a.cutTop(f.px(2 * step))
	gap := f.px(2 * step)
	foot := a.cutBottom(f.invitesFootHeight())
	a.cutBottom(gap)
	height := max(f.touch(), f.px(rowHeight))
	fits := max(1, int((a.h+gap)/(height+gap)))
	pages := max(1, (len(s.People)+fits-1)/fits)
	k.page = min(k.page, pages-1)
	k.drawInvitesFoot(f, foot, s, pages)
	if len(s.People) == 0 {
		f.column(a, 0.5, func(c *column) {
			c.text(f.words.say("invites.empty"), lettering{size: sizeTitle, color: quietRole, lines: 3, align: centre})
		})
		return
	}
	for _, p := range s.People[k.page*fits : min(len(s.People), (k.page+1)*fits)] {
		k.drawInvitee(f, a.cutTop(height), s.Step, p)
		a.cutTop(gap)
	}
}

// drawInvitesHead draws what the page is, and how many are on it.
func (k *Kiosk) drawInvitesHead(f *frame, a area, s Invites) {
	title, note := f.words.say("invites.menu"), f.words.count("invites.pending", len(s.People))
	if s.Step == scene.InvitesResult {
		title, note = f.asked(s), f.words.say("invites.by", values{"Name": clip(s.Manager, 40)})
	} else if s.Ticked > 0 {
		note = f.words.say("invites.ticked", values{"N": s.Ticked, "Of": s.Askable})
	}
	right := a.cutRight(a.w * 0.42)
	a.cutRight(f.px(2 * step))
	f.centred(a, title, lettering{size: 44, bold: true})
	f.centred(right, note, lettering{size: sizeNote + 4, color: quietRole, align: trailing})
}

// asked says what was asked for.
func (f *frame) asked(s Invites) string { return f.words.count("invites.asked", len(s.People)) }

// drawInvitee draws one person: something to touch where they can be asked.
func (k *Kiosk) drawInvitee(f *frame, a area, step scene.InvitesStep, p scene.Invitee) {
	text, icon, colour := f.standing(k, p)
	if step == scene.InvitesResult {
		text, icon, colour = f.fate(k, p)
	}
	draw := func(f *frame, a area) {
		a = a.inset(f.px(2*8), 0)
		side := f.px(52)
		if step == scene.InvitesList {
			box := a.cutLeft(side).middle(side, side)
			switch {
			case p.Event == "":
			case p.Ticked:
				f.icon(box, "ticked", f.palette.accept, f.palette.onState)
			default:
				f.icon(box, "unticked", f.palette.ink, f.palette.card)
			}
			a.cutLeft(f.px(2 * 8))
		}
		right := a.cutRight(a.w * 0.5)
		a.cutRight(f.px(2 * 8))
		f.column(a, 0.5, func(c *column) {
			c.text(firstOf(clip(p.Name, maxName), p.Number), lettering{size: sizeText, bold: true, lines: 2, least: 15})
		})
		f.icon(right.cutLeft(f.px(44)).middle(f.px(40), f.px(40)), icon, colour, f.palette.onState)
		right.cutLeft(f.px(2 * 8))
		f.column(right, 0.5, func(c *column) {
			c.text(text, lettering{size: sizeNote, lines: 3, least: 14})
		})
	}
	if step == scene.InvitesList && p.Event != "" {
		edge, width := f.palette.edge, f.px(2)
		if p.Ticked {
			edge, width = f.palette.accept, f.px(4)
		}
		f.press(a, "tick "+p.ID, func() { k.intents.Invites(scene.TickInvitee, p.ID) }, func(inner *frame, a area) {
			inner.field(a, inner.palette.card, edge, max(1, width))
			draw(inner, a)
		})
		return
	}
	draw(f, a)
	rule := a
	f.box(rule.cutBottom(max(1, f.px(1))), f.palette.edge, 0)
}

// standing says how somebody stands, with a picture of it.
func (f *frame) standing(k *Kiosk, p scene.Invitee) (text, icon string, colour color.NRGBA) {
	on := values{"When": f.words.since(p.Last.In(k.zone), f.now), "Again": f.words.since(p.Again.In(k.zone), f.now)}
	switch {
	case p.Waits:
		return f.words.say("invites.waits", on), "wait", f.palette.wait
	case p.Hurdle == invite.ChasedAlready:
		return f.words.say("invites.too-soon", on), "too-soon", f.palette.quiet
	case p.Hurdle == invite.WaitsAlready:
		return f.words.say("invites.waiting"), "wait", f.palette.wait
	case p.Hurdle != "":
		return f.obstacle(string(p.Hurdle)), "refuse", f.palette.refuse
	case p.Event == invite.Invite && p.State.Delivery == invite.Declined:
		return f.words.say("invites.declined"), "invitation", f.palette.quiet
	case p.Event == invite.Invite:
		return f.words.say("invites.silent"), "invitation", f.palette.quiet
	case p.State.Status() == invite.Problem && p.State.Delivery == invite.Expired:
		return f.words.say("invites.expired"), "too-soon", f.palette.wait
	case p.State.Status() == invite.Problem:
		return f.words.say("invites.not-arrived"), "refuse", f.palette.refuse
	case p.State.Account == invite.Claiming:
		return f.words.say("invites.claiming"), "in", f.palette.accept
	case p.Last.IsZero():
		return f.words.say("invites.invited-before"), "invitation", f.palette.accept
	default:
		return f.words.say("invites.invited", on), "invitation", f.palette.accept
	}
}

// fate says what became of an order for somebody, with a picture of it.
func (f *frame) fate(k *Kiosk, p scene.Invitee) (text, icon string, colour color.NRGBA) {
	again := values{"Again": f.words.since(p.Again.In(k.zone), f.now)}
	switch {
	case p.Gone:
		return f.words.say("invites.fate.gone"), "accept", f.palette.accept
	case p.Fate == "" && k.status.Link.Online:
		return f.words.say("invites.fate.sending"), "wait", f.palette.wait
	case p.Fate == "":
		return f.words.say("invites.fate.kept"), "wait", f.palette.wait
	case p.Fate == invite.FateQueued && !p.Again.IsZero():
		return f.words.say("invites.fate.queued", again), "accept", f.palette.accept
	case p.Fate == invite.FateQueued:
		return f.words.say("invites.fate.queued.plain"), "accept", f.palette.accept
	case (p.Fate == invite.Fate(invite.ChasedAlready) || p.Fate == invite.Fate(invite.CameTooLate)) && !p.Again.IsZero():
		return f.words.say("invites.fate.too-soon", again), "too-soon", f.palette.wait
	default:
		return f.obstacle(string(p.Fate)), "refuse", f.palette.refuse
	}
}

// obstacle says why nothing goes out to somebody. A newer cloud may know obstacles
// that this kiosk has no words for.
func (f *frame) obstacle(o string) string {
	id := "invites.hurdle." + o
	if !f.words.has(id) {
		id = "invites.hurdle.other"
	}
	return f.words.say(id)
}
