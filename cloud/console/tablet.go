package console

import (
	"slices"
	"strings"
	"time"

	"muster/attendance"
	"muster/device"
)

// When a tablet's state is worth a person's attention.
const (
	silentAfter  = 5 * time.Minute  // without a word; a heartbeat comes several times in that time
	waitingAfter = 10 * time.Minute // punches that the cloud has not confirmed, on a tablet that is online
	behindAfter  = 2 * time.Minute  // without the newest people and cards, on a tablet that is online
	clockLimit   = 2 * time.Second  // how far off a clock may be
	diskLimit    = 200 << 20        // bytes left
	renewLimit   = 14 * 24 * time.Hour
)

// tabletView is a tablet as lists and its own page show it.
type tabletView struct {
	ID, Name, Site, SiteID, Hardware string

	Online   bool
	Since    *moment // when it went on or off
	Seen     *moment
	Told     *moment // when it last told how it is; nil: never
	Waiting  int
	Reader   string // device.ReaderState
	Detail   string // what the reader says, in English
	Version  string
	Unasking bool   // the program asks nobody whether they join
	Unmarked bool   // it takes taps without a line where its site has them approved, and can't mark them
	Lenient  bool   // the program takes taps without a line, whatever the site says
	Clock    string // how far off, in words
	ClockBad bool
	Disk     string // what is left, in words
	People   int
	Roster   string // how people and cards stand to the cloud's, in words; empty: not told
	Behind   bool   // they are older
	Trouble  string // why changes can't be used, in English
	Locked   bool
	Message  string
	Revoked  *moment
	Created  *moment
	Expires  *moment // its certificate
	Started  *moment
	Problems []tabletProblem
}

// tabletProblem is one thing about a tablet that needs somebody.
type tabletProblem struct {
	State string // shape and colour: fault or wait
	Kind  string
	Text  string
	Mend  string // what to do
}

func (v *visit) tabletView(t device.Tablet, zone *time.Location) tabletView {
	h := t.Health
	view := tabletView{
		ID: string(t.ID), Name: t.Name, Site: t.SiteName, SiteID: string(t.Site), Hardware: t.Hardware,
		Online: t.Online, Since: v.at(t.OnlineSince, zone), Seen: v.at(t.Seen, zone), Told: v.at(h.At, zone),
		Waiting: h.Waiting, Reader: string(h.Reader), Detail: h.ReaderDetail, Version: h.Version,
		Unasking: !h.At.IsZero() && h.Reading < device.ReadsInvitations, Lenient: !h.At.IsZero() && h.Reading < device.ReadsOffline,
		People: h.Profiles, Trouble: h.FeedProblem, Locked: t.Locked, Message: t.LockMessage,
		Revoked: v.at(t.Revoked, zone), Created: v.at(t.Created, zone), Expires: v.at(t.CertExpires, zone),
		Started: v.at(h.Started, zone),
	}
	if !h.At.IsZero() {
		view.Clock, view.ClockBad = v.clockState(h)
		view.Disk = v.bytes(h.DiskFree)
		view.Roster, view.Behind = v.rosterState(t.Roster)
	}
	if t.Revoked.IsZero() {
		view.Problems = v.tabletProblems(t, view)
	}
	return view
}

// clockState says how far off a tablet's clock is, and whether that matters.
func (v *visit) clockState(h device.Health) (words string, bad bool) {
	off := h.ClockOffset.Abs()
	switch {
	case h.Trust != attendance.TrustEstimated.String():
		return v.text.Say("clock." + trustKey(h.Trust)), true
	case off > clockLimit:
		return v.text.Say("clock.off", "Span", v.text.Span(off)), true
	default:
		return v.text.Say("clock.right"), false
	}
}

func trustKey(trust string) string {
	if trust == attendance.TrustStepped.String() {
		return "stepped"
	}
	return "unknown"
}

// rosterState says how old a tablet's people and cards are.
func (v *visit) rosterState(s device.Freshness) (words string, behind bool) {
	switch {
	case !s.Known:
		return "", false
	case s.Whole:
		return v.text.Say("roster.whole"), true
	case s.Behind == 0:
		return v.text.Say("roster.current"), false
	case s.Since.IsZero():
		return v.text.Count("roster.behind", int(min(s.Behind, 1<<31))), true //nolint:gosec // bounded
	default:
		return v.text.Count("roster.behind-since", int(min(s.Behind, 1<<31)), "Ago", v.text.Ago(v.now().Sub(s.Since))), true //nolint:gosec // bounded
	}
}

func (v *visit) tabletProblems(t device.Tablet, view tabletView) []tabletProblem {
	var all []tabletProblem
	add := func(state, kind, text string) {
		all = append(all, tabletProblem{State: state, Kind: kind, Text: text, Mend: v.text.Say("tablet.mend." + kind)})
	}
	h, now := t.Health, v.now()
	for _, a := range t.Alarms {
		add("fault", string(a.Kind), v.text.Count("tablet.problem."+string(a.Kind), a.Count, "Ago", v.text.Ago(now.Sub(a.Last))))
	}
	switch {
	case t.Online:
	case t.Seen.IsZero():
		if now.Sub(t.Created) > silentAfter {
			add("fault", "never", v.text.Say("tablet.problem.never"))
		}
	case now.Sub(t.Seen) > silentAfter:
		add("fault", "silent", v.text.Say("tablet.problem.silent", "Ago", v.text.Ago(now.Sub(t.Seen))))
	}
	if t.Online {
		switch h.Reader {
		case device.ReaderMissing:
			add("fault", "reader-missing", v.text.Say("tablet.problem.reader-missing"))
		case device.ReaderFailing:
			add("fault", "reader-failing", v.text.Say("tablet.problem.reader-failing"))
		}
		if h.Waiting > 0 && h.OldestWait > waitingAfter {
			add("wait", "waiting", v.text.Count("tablet.problem.waiting", h.Waiting, "Ago", v.text.Ago(h.OldestWait)))
		}
	}
	if t.Online && view.Behind && now.Sub(latest(t.Roster.Since, t.OnlineSince)) > behindAfter {
		add("wait", "behind", v.text.Say("tablet.problem.behind", "What", view.Roster))
	}
	if h.FeedSkipped > 0 {
		add("wait", "skipped", v.text.Count("tablet.problem.skipped", h.FeedSkipped))
	}
	if view.ClockBad {
		add("wait", "clock", v.text.Say("tablet.problem.clock", "What", view.Clock))
	}
	if !h.At.IsZero() && h.DiskFree < diskLimit {
		add("fault", "disk", v.text.Say("tablet.problem.disk", "Free", view.Disk))
	}
	if !t.CertExpires.IsZero() {
		switch left := t.CertExpires.Sub(now); {
		case left <= 0:
			add("fault", "expired", v.text.Say("tablet.problem.expired"))
		case left < renewLimit:
			add("wait", "expires", v.text.Say("tablet.problem.expires", "Span", v.text.Span(left)))
		}
	}
	slices.SortStableFunc(all, func(a, b tabletProblem) int { return strings.Compare(a.State, b.State) }) // faults first
	return all
}

// lockedProblem is what a lock is where tablets are counted as well: somebody meant
// it, but nobody can punch there until it is taken back.
func (v *visit) lockedProblem() tabletProblem {
	return tabletProblem{State: "wait", Kind: "locked", Text: v.text.Say("tablet.problem.locked"), Mend: v.text.Say("tablet.mend.locked")}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// bytes writes a size in its largest unit.
func (v *visit) bytes(n uint64) string {
	switch {
	case n >= 10<<30:
		return v.text.Say("size.gb", "N", v.text.Number(int(n>>30)))
	case n >= 1<<30:
		return v.text.Say("size.gb", "N", v.text.Decimal(float64(n)/(1<<30)))
	default:
		return v.text.Say("size.mb", "N", v.text.Number(int(n>>20)))
	}
}
