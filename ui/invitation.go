package ui

// answerHeight is the least height of the buttons that answer an invitation, in
// units of the screen: people wear gloves.
const answerHeight = 96

// drawInvitation draws what there is to show of somebody's invitation to join.
func (k *Kiosk) drawInvitation(f *frame, s Invitation) {
	switch s.Step {
	case InvitationCard:
		k.drawInvitationCard(f)
	case InvitationQuestion:
		k.drawQuestion(f, s)
	case InvitationAnswered:
		k.drawAnswered(f, s)
	case InvitationWaiting:
		k.drawStored(f, "invitation.said-yes", f.words.say("invitation.next"))
	case InvitationNone:
		k.drawNoInvitation(f, s)
	}
}

// drawMenu draws the way to somebody's own invitations.
func (k *Kiosk) drawMenu(f *frame, a area) {
	a.cutLeft(f.px(2 * step))
	plain := look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: sizeText - 4, icon: "invitation"}
	f.button(a.cutRight(min(a.w, f.px(400))), "my invitations", f.words.say("invitation.menu"), plain, k.intents.MyInvitations)
}

// drawInvitationCard asks for the card of whoever wants to see theirs.
func (k *Kiosk) drawInvitationCard(f *frame) {
	words, hold := f.halves()
	foot := words.cutBottom(max(answerHeight, f.px(112)))
	words.cutBottom(f.px(3 * step))
	f.button(foot.cutLeft(min(foot.w, f.px(360))), "close", f.words.say("invitation.back"), f.plain("back"), k.intents.CloseInvitation)
	f.column(words, 0.45, func(c *column) {
		c.text(f.words.say("invitation.menu"), lettering{size: sizeTitle, color: quietRole, lines: 2})
		c.gap(44)
		c.text(f.words.say("invitation.card"), lettering{size: 64, bold: true, lines: 4, least: 32})
		c.gap(48)
		c.text(f.words.say("invitation.card.no-punch"), lettering{size: 40, lines: 3})
	})
	f.drawHold(hold, f.words.say("ready.hold"))
}

// plain is how a button looks that commits nobody to anything.
func (f *frame) plain(icon string) look {
	return look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: sizeText, icon: icon}
}

// drawQuestion draws who asks, and three ways to answer: each has its own colour,
// shape and word. Nobody has to answer now.
func (k *Kiosk) drawQuestion(f *frame, s Invitation) {
	a := f.all.inset(f.px(56), f.px(40))
	k.drawAnswers(f, a.cutBottom(f.answersHeight(s)), s)
	a.cutBottom(f.px(4 * step))
	f.column(a, 0.5, func(c *column) {
		c.text(f.words.say("invitation.for", values{"Name": clip(s.Name, maxName)}), lettering{align: f.side(), size: sizeText, color: quietRole, lines: 2})
		c.gap(44)
		c.text(clip(s.Organisation, maxName), lettering{align: f.side(), size: sizeName, bold: true, lines: 3, least: 28})
		c.gap(32)
		c.text(f.words.say("invitation.asks"), lettering{align: f.side(), size: sizeTitle, lines: 2})
		if s.Declined {
			c.gap(36)
			c.text(f.words.say("invitation.declined-before"), lettering{align: f.side(), size: sizeText, bold: true, lines: 2})
		}
		more := f.words.say("invitation.either-way")
		if !s.Declined {
			more += " " + f.words.say("invitation.find-again")
		}
		c.gap(48)
		c.text(more, lettering{align: f.side(), size: sizeNote + 4, color: quietRole, lines: 4, least: 16})
	})
}

// answersHeight is the height of the row of answers; upright they stack.
func (f *frame) answersHeight(s Invitation) float32 {
	h := max(answerHeight, f.px(128))
	switch {
	case !f.portrait:
		return h
	case s.Declined:
		return 2*h + f.px(3*step)
	default:
		return 3*h + 2*f.px(3*step)
	}
}

func (k *Kiosk) drawAnswers(f *frame, a area, s Invitation) {
	p := f.palette
	gap := f.px(3 * step)
	join := look{fill: p.accept, edge: p.accept, text: stateRole, size: sizeTitle - 4, bold: true, icon: "accept"}
	decline := look{fill: p.card, edge: p.refuse, text: refuseRole, size: sizeTitle - 4, bold: true, icon: "refuse"}
	answer := func(yes bool) func() { return func() { k.intents.AnswerInvitation(s.ID, yes) } }
	cut := func(parts float32) area {
		if f.portrait {
			b := a.cutTop((a.h - (parts-1)*gap) / parts)
			a.cutTop(gap)
			return b
		}
		b := a.cutLeft((a.w - (parts-1)*gap) / parts)
		a.cutLeft(gap)
		return b
	}
	if s.Declined {
		f.button(cut(2), "join", f.words.say("invitation.join"), join, answer(true))
		f.button(cut(1), "close", f.words.say("invitation.back"), f.plain("back"), k.intents.CloseInvitation)
		return
	}
	f.button(cut(3), "join", f.words.say("invitation.join"), join, answer(true))
	f.button(cut(2), "decline", f.words.say("invitation.decline"), decline, answer(false))
	f.button(cut(1), "close", f.words.say("invitation.later"), f.plain("wait"), k.intents.CloseInvitation)
}

// drawAnswered draws that an answer was stored, or that it could not be.
func (k *Kiosk) drawAnswered(f *frame, s Invitation) {
	switch {
	case s.Failed != "":
		sign, words, foot := f.noticeAreas()
		f.notice(sign, "refuse", f.palette.refuse, reasonIcon(s.Failed))
		f.small(foot, f.words.say("refused.code", values{"Code": s.Failed.Code()}))
		f.say(words, "invitation.failed", f.words.say("invitation.failed.do"))
	case s.Join:
		k.drawStored(f, "invitation.said-yes", f.words.say("invitation.next"))
	default:
		k.drawStored(f, "invitation.said-no", f.words.say("invitation.said-no.do"))
	}
}

// drawStored draws that something was stored, and whether it is on its way.
func (k *Kiosk) drawStored(f *frame, title, more string) {
	sign, words, _ := f.noticeAreas()
	icon, colour, where := "accept", f.palette.accept, "invitation.sent"
	if !k.status.Link.Online {
		icon, colour, where = "wait", f.palette.wait, "invitation.kept"
	}
	f.notice(sign, icon, colour, "invitation")
	f.say(words, title, f.words.say(where), more)
}

// drawNoInvitation draws that there is nothing to answer, and that the tap was no
// punch.
func (k *Kiosk) drawNoInvitation(f *frame, s Invitation) {
	sign, words, _ := f.noticeAreas()
	side := min(sign.w, sign.h, f.px(300))
	f.icon(sign.middle(side, side), "invitation", f.palette.ink, f.palette.paper)
	title := f.words.say("invitation.none")
	if s.Outcome != "" {
		title = f.outcome(s.Outcome, s.Organisation)
	}
	f.tell(words, title, f.words.say("invitation.nothing"))
}

// say puts a message large and more below it.
func (f *frame) say(a area, title string, more ...string) { f.tell(a, f.words.say(title), more...) }

func (f *frame) tell(a area, title string, more ...string) {
	f.column(a, 0.5, func(c *column) {
		c.text(title, lettering{align: f.side(), size: 64, bold: true, lines: 4, least: 32})
		for _, text := range more {
			c.gap(40)
			c.text(text, lettering{align: f.side(), size: 36, lines: 4})
		}
	})
}

// joining is what the answer to a tap says of an invitation.
func (f *frame) joining(s Result) []string {
	var lines []string
	if s.Joining.Outcome != "" {
		lines = append(lines, f.outcome(s.Joining.Outcome, s.Settings.Org))
	}
	switch {
	case s.Joining.Here:
		lines = append(lines, f.words.say("accepted.join-here"))
	case s.Joining.Elsewhere:
		lines = append(lines, f.words.say("accepted.join-waits"))
	}
	return lines
}

// outcome says what became of an answer. A newer cloud may know outcomes that
// this kiosk has no words for.
func (f *frame) outcome(o, organisation string) string {
	id := "joining." + o
	if !f.words.has(id) {
		id = "joining.other"
	}
	return f.words.say(id, values{"Organisation": clip(organisation, maxName)})
}
