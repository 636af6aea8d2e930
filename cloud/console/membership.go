package console

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// licensing is what the console asks of the store about licence and ways in.
type licensing interface {
	Access(ctx context.Context, actor access.Actor) (invite.Access, error)
	SetWay(ctx context.Context, actor access.Actor, w invite.Way, on bool) error
	DrawJoinCode(ctx context.Context, actor access.Actor, w invite.Way, site attendance.SiteID, expires time.Time) (invite.JoinCode, error)
	AddDomain(ctx context.Context, actor access.Actor, name string) (invite.Domain, error)
	VerifyDomain(ctx context.Context, actor access.Actor, name string, records []string) error
	DomainCode(ctx context.Context, actor access.Actor, name, to string) (string, error)
	VerifyDomainByCode(ctx context.Context, actor access.Actor, name, code string) error
	RemoveDomain(ctx context.Context, actor access.Actor, name string) error
	SetUnit(ctx context.Context, actor access.Actor, name string, site attendance.SiteID) error
	RemoveUnit(ctx context.Context, actor access.Actor, name string) error
}

type membershipPage struct {
	*form
	Type    string
	Seats   int // 0: any number
	Taken   int
	Limited int
	Expires *moment // nil: never
	Notes   []licenceNote
	Admin   bool
	Ways    []wayRow
	Columns []string // licence types
	Codes   []codeCard
	Domains []domainRow
	Units   []unitRow
	Outside []unitRow // told of by the directory, not let in
	Sites   any
}

type wayRow struct {
	Way  string
	Fits []wayFit
	Own  string // of the organisation's licence
	On   bool
}

type codeCard struct {
	Way, Code, Site string
	Text            string // what is copied
	QR              template.HTML
	Uses            int
	Created         *moment
	Expires         *moment // nil: never
	Over            bool
	Drawn           bool
}

type unitRow struct {
	Name, Site string
	People     int
}

var fitNames = map[invite.Fit]string{invite.NotAllowed: "none", invite.Discouraged: "discouraged", invite.Allowed: "allowed", invite.Recommended: "recommended"}

func (v *visit) membership() error { return v.showMembership(http.StatusOK, newForm()) }

func (v *visit) showMembership(status int, f *form) error {
	a, err := v.people.Access(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	now := v.now()
	p := membershipPage{
		form: f, Type: string(a.Licence.Type), Seats: a.Licence.Seats, Taken: a.Taken, Limited: a.Limited, Admin: v.actor.May(access.ManageSites), Sites: choices,
	}
	if !a.Licence.Expires.IsZero() {
		p.Expires = v.here(a.Licence.Expires)
	}
	p.Notes = v.notesOf(a.Licence, a.Taken)
	for _, l := range invite.LicenceTypes {
		p.Columns = append(p.Columns, string(l))
	}
	for _, w := range invite.Ways {
		r := wayRow{Way: string(w), Own: fitNames[a.Licence.Type.Fits(w)], On: a.Open(w)}
		for _, l := range invite.LicenceTypes {
			r.Fits = append(r.Fits, wayFit{string(l), fitNames[l.Fits(w)]})
		}
		p.Ways = append(p.Ways, r)
		if p.Admin && a.Open(w) && (w == invite.ByLink || w == invite.ByKey) {
			card, err := v.codeCard(w, a.Codes[w], sites, now)
			if err != nil {
				return err
			}
			p.Codes = append(p.Codes, card)
		}
	}
	if p.Domains, err = v.domainRows(a.Domains, f); err != nil {
		return err
	}
	for _, u := range a.Units {
		p.Units = append(p.Units, unitRow{u.Name, siteNames(sites, []attendance.SiteID{u.Site}), u.People})
	}
	for _, u := range a.Outside {
		p.Outside = append(p.Outside, unitRow{Name: u.Name, People: u.People})
	}
	return v.show(status, "app", "membership", "membership", p)
}

func (v *visit) codeCard(w invite.Way, c invite.JoinCode, sites []attendance.Site, now time.Time) (codeCard, error) {
	card := codeCard{Way: string(w), Code: c.Code, Text: c.Code, Uses: c.Uses, Drawn: c.Code != "", Over: c.Code != "" && !c.Good(now)}
	if !card.Drawn {
		return card, nil
	}
	card.Created = v.here(c.Created)
	if !c.Expires.IsZero() {
		card.Expires = v.here(c.Expires)
	}
	if c.Site != "" {
		card.Site = siteNames(sites, []attendance.SiteID{c.Site})
	}
	if w != invite.ByLink {
		return card, nil
	}
	card.Text = v.base + "/my/join/" + c.Code
	var err error
	card.QR, err = v.drawQR(card.Text)
	return card, err
}

func (v *visit) guide() error {
	w := invite.Way(v.r.PathValue("way"))
	if !slices.Contains(invite.Ways, w) {
		return access.ErrNotFound
	}
	var fits []wayFit
	for _, l := range invite.LicenceTypes {
		fits = append(fits, wayFit{string(l), fitNames[l.Fits(w)]})
	}
	return v.show(http.StatusOK, "app", "guide", "membership", struct {
		Way  string
		Fits []wayFit
	}{string(w), fits})
}

// wayFit is how a way suits a licence: "none", "discouraged", "allowed" or
// "recommended".
type wayFit struct{ Licence, Fit string }

func (v *visit) setWay() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	on := f.Get("on") == "yes"
	if err := v.people.SetWay(v.r.Context(), v.actor, invite.Way(v.r.PathValue("way")), on); err != nil {
		return err
	}
	if on {
		return v.done("membership.opened", "/membership")
	}
	return v.done("membership.closed", "/membership")
}

func (v *visit) drawCode() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	var expires time.Time
	if days := map[string]int{"7": 7, "30": 30, "90": 90}[f.Get("life")]; days > 0 {
		expires = v.now().AddDate(0, 0, days)
	}
	if _, err := v.people.DrawJoinCode(v.r.Context(), v.actor, invite.Way(v.r.PathValue("way")), attendance.SiteID(f.Get("site")), expires); err != nil {
		return err
	}
	return v.done("membership.drawn", "/membership#codes")
}

func (v *visit) setUnit() error {
	return v.tryMembership("membership.unit.set", func(f *form) error {
		return v.people.SetUnit(v.r.Context(), v.actor, f.Get("unit"), attendance.SiteID(f.Get("site")))
	})
}

func (v *visit) removeUnit() error {
	return v.tryMembership("membership.unit.removed", func(f *form) error {
		return v.people.RemoveUnit(v.r.Context(), v.actor, f.Get("name"))
	})
}

// tryMembership does what a form of the page asks for, and shows the page again
// where a field is wrong.
func (v *visit) tryMembership(said string, do func(*form) error) error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if err := f.Take(do(f)); err != nil {
		return err
	}
	if f.Bad() {
		return v.showMembership(http.StatusUnprocessableEntity, f)
	}
	return v.done(said, "/membership")
}
