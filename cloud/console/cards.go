package console

import (
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// captureView is "tap the card on tablet X now" and how far it has come.
type captureView struct {
	ID       string
	Person   string // profile id
	Name     string
	Tablet   string
	State    string // device.CaptureState
	Live     string // address of the stream; empty when there is nothing to wait for
	Why      string // why it failed, in words
	Short    string // the new card, when done
	Expires  *moment
	Tryagain string // the tablet to ask again
}

// addCapture puts the tablets that a card can be tapped on onto the page, and
// the capture that its address names.
func (v *visit) addCapture(p *employeePage, m attendance.Member) error {
	tablets, err := v.fleet.Tablets(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, t := range tablets {
		switch {
		case !t.Revoked.IsZero() || !slices.Contains(m.Sites, t.Site):
		case !t.Online || t.Locked:
			p.Offline++
		default:
			p.Tablets = append(p.Tablets, choice{Value: string(t.ID), Label: t.Name + " · " + t.SiteName})
		}
	}
	id := v.r.URL.Query().Get("capture")
	if id == "" {
		return nil
	}
	capture, err := v.fleet.CardCapture(v.r.Context(), v.actor, id)
	if isNotFound(err) || err == nil && capture.Profile != m.Profile.ID {
		return nil // an old address: the page does without it
	}
	if err != nil {
		return err
	}
	p.Capture, err = v.captureView(capture, m)
	return err
}

func (v *visit) captureView(c device.CardCapture, m attendance.Member) (*captureView, error) {
	view := &captureView{
		ID: c.ID, Person: string(m.Profile.ID), Name: m.Profile.Name(), State: string(c.State),
		Tryagain: string(c.Device), Expires: v.here(c.Expires),
	}
	t, err := v.fleet.Tablet(v.r.Context(), v.actor, c.Device)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err == nil {
		sites, err := v.people.Sites(v.r.Context(), v.actor)
		if err != nil {
			return nil, err
		}
		view.Expires = v.at(c.Expires, zoneOf(sites, t.Site)) // as the tablet's own screen says it
	}
	view.Tablet = t.Name
	switch c.State {
	case device.CaptureOpen:
		view.Live = "/live/captures/" + url.PathEscape(c.ID)
	case device.CaptureDone:
		view.Short = attendance.CardID(c.Outcome).Short()
	case device.CaptureFailed:
		view.Why = v.text.Say("capture.why." + c.Outcome)
		if !v.text.Has("capture.why." + c.Outcome) {
			view.Why = v.text.Say("capture.why.other")
		}
	}
	return view, nil
}

func (v *visit) startCapture() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	tablet, err := attendance.ParseID[attendance.DeviceID](f.Get("device"))
	if err != nil {
		f.Reject("device", access.Required)
		return v.employeeAgain(f)
	}
	capture, err := v.fleet.StartCapture(v.r.Context(), v.actor, tablet, m.Profile.ID)
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.employeeAgain(f)
	}
	v.goTo(employeeAt(m) + "?capture=" + url.QueryEscape(capture.ID) + "#cards")
	return nil
}

func (v *visit) cancelCapture() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	if err := v.fleet.CancelCapture(v.r.Context(), v.actor, v.r.PathValue("capture")); err != nil && !isNotFound(err) {
		return err
	}
	v.goTo(employeeAt(m) + "#cards")
	return nil
}

// liveCapture shows how a capture goes until it has come to an end.
func (v *visit) liveCapture() error {
	ctx := v.r.Context()
	id := v.r.PathValue("id")
	c, err := v.fleet.CardCapture(ctx, v.actor, id)
	if err != nil {
		return err
	}
	s, stop, err := v.openStream("capture")
	if err != nil {
		return err
	}
	defer stop()
	look := func() error {
		if c, err = v.fleet.CardCapture(ctx, v.actor, id); err != nil {
			return err
		}
		if c.State == device.CaptureOpen {
			return nil
		}
		return s.send("change", "") // the page loads the cards anew
	}
	// Running out of time is no news that anybody announces.
	over := time.AfterFunc(c.Expires.Sub(v.now())+time.Second, func() { s.tell("capture", id) })
	defer over.Stop()
	return v.closed(s.run(look, func(n newsItem) error {
		if n.id != id {
			return nil
		}
		return look()
	}))
}

// typeCard assigns a card by a number that was read by something else than a
// tablet: colons, spaces and hyphens between the digits are left out.
func (v *visit) typeCard() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	typed := f.Get("uid")
	uid, err := hex.DecodeString(strings.NewReplacer(":", "", "-", "", " ", "").Replace(typed))
	switch {
	case typed == "":
		f.Reject("uid", access.Required)
	case err != nil || !attendance.ValidUID(uid):
		f.Reject("uid", "malformed-uid")
	}
	from, to, err := v.cardDays(m, f)
	if err != nil {
		return err
	}
	if !f.Bad() {
		err := v.people.LendUID(v.r.Context(), v.actor, m.Profile.ID, uid, "", from, to)
		if errors.Is(err, access.ErrConflict) && f.Get("to") != "" {
			f.Reject("to", "promised-card")
			err = nil
		}
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.employeeAgain(f)
	}
	return v.done("card.assigned", employeeAt(m)+"#cards")
}

// cardDays reads the first and the last day on which somebody has a card, by the
// clock of their site. Zero: from now on, and for good.
func (v *visit) cardDays(m attendance.Member, f *form) (from, to time.Time, err error) {
	_, sites, err := v.siteChoices()
	if err != nil {
		return from, to, err
	}
	zone := zoneOfMember(sites, m)
	if from = f.DayIn("from", zone); !from.IsZero() && attendance.StartOfDay(v.now(), zone).Equal(from) {
		from = time.Time{} // today: from now on
	}
	if to = f.DayIn("to", zone); !to.IsZero() {
		to = attendance.StartOfDay(to.Add(36*time.Hour), zone) // the day after
	}
	return from, to, nil
}

func (v *visit) findCard() (attendance.Member, attendance.CardID, error) {
	m, err := v.findMember()
	if err != nil {
		return m, "", err
	}
	card, err := attendance.ParseCardID(v.r.PathValue("card"))
	if err != nil || !slices.ContainsFunc(m.Cards, func(c attendance.Card) bool { return c.ID == card }) {
		return m, "", access.ErrNotFound
	}
	return m, card, nil
}

func (v *visit) blockCard() error   { return v.setCardBlocked(true, "card.blocked-now") }
func (v *visit) unblockCard() error { return v.setCardBlocked(false, "card.unblocked") }

func (v *visit) setCardBlocked(blocked bool, message string) error {
	m, card, err := v.findCard()
	if err != nil {
		return err
	}
	if err := v.people.BlockCard(v.r.Context(), v.actor, m.Profile.ID, card, blocked); err != nil {
		return err
	}
	return v.done(message, employeeAt(m)+"#cards")
}

func (v *visit) confirmEndCard() error {
	m, card, err := v.findCard()
	if err != nil {
		return err
	}
	return v.askEndCard(http.StatusOK, m, card, newForm())
}

func (v *visit) askEndCard(status int, m attendance.Member, card attendance.CardID, f *form) error {
	return v.show(status, "app", "confirm", "employees", confirmPage{
		Heading: v.text.Say("card.end.heading", "Card", card.Short(), "Name", m.Profile.Name()),
		Effects: []string{v.text.Say("card.end.refused"), v.text.Say("card.end.punches"), v.text.Say("card.end.again")},
		Button:  v.text.Say("card.end.button"),
		Action:  employeeAt(m) + "/cards/" + string(card) + "/end", Back: employeeAt(m) + "#cards",
		Day: &dayField{f, v.text.Say("card.end.day"), v.text.Say("card.end.day-hint")},
	})
}

func (v *visit) endCard() error {
	m, card, err := v.findCard()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	at := f.DayIn("day", zoneOfMember(sites, m))
	if !f.Bad() {
		err := v.people.EndCardAt(v.r.Context(), v.actor, m.Profile.ID, card, at)
		if isInvalid(err, "at") {
			f.Reject("day", access.OutOfRange)
		} else if err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.askEndCard(http.StatusUnprocessableEntity, m, card, f)
	}
	return v.done("card.ended", employeeAt(m)+"#cards")
}
