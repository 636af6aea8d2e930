package ui

import "time"

// askTime is how long the question whether to activate again stays without a touch.
const askTime = time.Minute

// drawRevoked draws that the cloud has taken this tablet's identity away, and the
// way back: a touch, and another on the answer to a question.
func (k *Kiosk) drawRevoked(f *frame) {
	sign, words, foot := f.noticeAreas()
	if grow := f.touch() - foot.h; grow > 0 {
		foot.y, foot.h = foot.y-grow, foot.h+grow
		words.h -= grow
	}
	f.notice(sign, "fault", f.palette.fault, "revoked")
	if k.asking {
		k.drawAnewQuestion(f, words, foot)
		return
	}
	plain := look{fill: f.palette.card, edge: f.palette.edge, text: inkRole, size: sizeNote + 2, icon: "again"}
	again := foot.cutLeft(min(foot.w, f.px(480)))
	if f.portrait {
		again.x += foot.w / 2 // the text above it is in the middle too
	}
	f.button(again, "activate again", f.words.say("revoked.again"), plain, func() { k.alone(k.askAnew) })
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("revoked.title"), lettering{align: f.side(), size: 64, bold: true, lines: 4, least: 36})
		c.gap(48)
		c.text(f.words.say("revoked.do"), lettering{align: f.side(), size: 40, lines: 4})
		c.gap(48)
		c.text(f.words.say("revoked.office"), lettering{align: f.side(), size: sizeNote, color: quietRole, lines: 3, least: 14})
	})
}

func (k *Kiosk) drawAnewQuestion(f *frame, words, foot area) {
	p := f.palette
	gap := f.px(2 * step)
	no := foot.cutLeft((foot.w - gap) * 0.4)
	foot.cutLeft(gap)
	plain := look{fill: p.card, edge: p.edge, text: inkRole, size: sizeNote + 2}
	strong := look{fill: p.ink, edge: p.ink, text: paperRole, size: sizeNote + 2, bold: true, icon: "again"}
	f.button(no, "not again", f.words.say("revoked.no"), plain, func() { k.alone(k.askedAnew) })
	f.button(foot, "yes again", f.words.say("revoked.yes"), strong, func() {
		k.alone(k.askedAnew)
		k.intents.ActivateAnew() // outside the lock: the answer may come at once
	})
	f.column(words, 0.5, func(c *column) {
		c.text(f.words.say("revoked.ask"), lettering{align: f.side(), size: 64, bold: true, lines: 3, least: 36})
		c.gap(48)
		c.text(f.words.say("revoked.keep"), lettering{align: f.side(), size: sizeText + 2, lines: 8, least: 16})
	})
}

func (k *Kiosk) askAnew() {
	k.asking = true
	k.entryEnds.cancel()
	k.entryEnds = k.after(askTime, k.askedAnew)
	k.draw()
}

func (k *Kiosk) askedAnew() {
	k.asking = false
	k.entryEnds.cancel()
	k.draw()
}
