package ui

import (
	"image/color"
	"time"

	"muster/device"
)

// drawBar draws the foot: the cloud, what waits, the reader. Offline it turns
// ochre and says since when and how much waits; nothing else on the screen
// changes, because nothing else is different.
func (k *Kiosk) drawBar(f *frame) {
	p, s := f.palette, k.status
	bar := f.all
	role, ink, fill := quietRole, p.quiet, p.paper
	// Whom the cloud has sent away, it no longer takes anything from: nothing is
	// "sent later".
	_, revoked := k.scene.(Revoked)
	offline := !revoked && !s.Link.Online && !s.Link.Since.IsZero()
	if offline {
		role, ink, fill = stateRole, p.onState, p.wait
	}
	f.box(bar, fill, 0)
	if !offline {
		rule := bar
		f.box(rule.cutTop(max(1, f.px(1))), p.edge, 0)
	}
	in := bar.inset(f.px(3*step), 0)

	reader := "bar.reader." + string(s.Reader)
	if s.Reader == "" {
		reader = "bar.reader." + string(device.ReaderStarting)
	}
	picture := reader[len("bar."):]
	name := f.words.say(reader)
	picture = "reader-" + picture[len("reader."):]
	if s.Reader == device.ReaderMissing || s.Reader == device.ReaderFailing {
		f.chip(&in, "fault", name, stateRole, p.onState, p.fault, true)
	} else {
		f.chip(&in, picture, name, role, ink, fill, false)
	}

	switch {
	case revoked:
		return
	case offline:
		f.status(&in, "wait", k.offlineWords(f), role, ink, fill)
	case s.Link.Online:
		f.status(&in, "cloud", f.words.say("bar.online"), role, ink, fill)
	default:
		f.status(&in, "cloud", f.words.say("bar.connecting"), role, ink, fill)
	}
	f.centred(in, f.roomFor(in, k.noteWords(f)), lettering{size: sizeNote, color: role})
}

// offlineWords says since when the cloud can't be reached. Before its activation a
// tablet has no site whose clock that could be told by, and often no clock that was
// ever set: then it says for how long.
func (k *Kiosk) offlineWords(f *frame) string {
	since := k.status.Link.Since
	if _, activating := k.scene.(Activation); !activating && k.settings.TimeZone != "" {
		return f.words.say("bar.offline", values{"Since": f.words.since(since.In(k.zone), f.now)})
	}
	switch d := k.clock.Now().Sub(since); {
	case d < time.Minute:
		return f.words.say("bar.offline.now")
	case d < 2*time.Hour:
		return f.words.count("bar.offline.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return f.words.count("bar.offline.hours", int(d/time.Hour))
	default:
		return f.words.count("bar.offline.days", int(d/(24*time.Hour)))
	}
}

// When the list of people is so old that the bar says so.
const (
	rosterOldOnline  = time.Hour
	rosterOldOffline = 24 * time.Hour // before that, "offline since" says enough
)

// noteWords says what waits, and how old the list of people is where it is old:
// the long way first.
func (k *Kiosk) noteWords(f *frame) []string {
	ways := k.waitingWords(f.words)
	at := k.status.Roster
	limit := rosterOldOffline
	if k.status.Link.Online {
		limit = rosterOldOnline
	}
	switch k.scene.(type) {
	case Activation, Revoked:
		return ways
	}
	if at.IsZero() || f.now.Sub(at) < limit {
		return ways
	}
	list := f.words.say("bar.roster", values{"Since": f.words.since(at.In(k.zone), f.now)})
	var all []string
	for _, way := range ways {
		if way != "" {
			all = append(all, way+" · "+list)
		}
	}
	if k.status.Waiting > 0 {
		return append(all, ways[len(ways)-1])
	}
	return append(all, list)
}

// waitingWords says what the cloud does not have yet, the long way and, for a
// narrow bar, the short way.
func (k *Kiosk) waitingWords(words lexicon) (ways []string) {
	s := k.status
	switch {
	case s.Waiting > 0 && s.Link.Online:
		return []string{words.count("bar.sending", s.Waiting), words.count("bar.waiting.short", s.Waiting)}
	case s.Waiting > 0:
		return []string{words.count("bar.waiting", s.Waiting), words.count("bar.waiting.short", s.Waiting)}
	}
	switch k.scene.(type) {
	case Activation, Revoked:
		return nil // there is nothing that could be sent
	}
	if s.Link.Online {
		return []string{words.say("bar.sent"), ""}
	}
	return nil
}

// roomFor returns the first of several ways to say something that fits, or the
// last.
func (f *frame) roomFor(a area, ways []string) string {
	for _, way := range ways {
		if widthOf(way, f.px(sizeNote), false) <= a.w {
			return way
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return ways[len(ways)-1]
}

// status puts a picture and a text at the left of what is left of the bar.
func (f *frame) status(in *area, icon, text string, role colorRole, ink, ground color.NRGBA) {
	side := f.px(32)
	f.icon(in.cutLeft(side), icon, ink, ground)
	in.cutLeft(f.px(12))
	wide := widthOf(text, f.px(sizeNote), false)
	f.centred(in.cutLeft(wide+1), text, lettering{size: sizeNote, color: role})
	in.cutLeft(f.px(4 * step))
}

// chip puts a picture and a text at the right, on a ground of its own if solid.
func (f *frame) chip(in *area, icon, text string, role colorRole, ink, ground color.NRGBA, solid bool) {
	side := f.px(32)
	wide := widthOf(text, f.px(sizeNote), false)
	a := in.cutRight(wide + 1 + side + f.px(12))
	if solid {
		edge := f.px(3 * step)
		f.box(area{a.x - edge, a.y, a.w + 2*edge, a.h}, ground, 0)
	}
	f.icon(a.cutLeft(side), icon, ink, ground)
	a.cutLeft(f.px(12))
	f.centred(a, text, lettering{size: sizeNote, color: role})
	in.cutRight(f.px(6 * step))
}
