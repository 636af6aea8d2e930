package console

import (
	"errors"
	"math"
	"net/http"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

type activatePage struct {
	*form
	Code  string
	Wrong string // why the code is no good, as the key of a message
	Claim *claimView
	Sites []choice
}

// claimView is the tablet that asks.
type claimView struct {
	device.Claim
	Asked   *moment
	Expires *moment
	Left    string // "9 minutes", as the tablet counts them
}

// activate shows what asks to be let in. Nothing happens before a person says
// so with the form.
func (v *visit) activate() error {
	p := activatePage{form: newForm(), Code: v.r.URL.Query().Get("code")}
	return v.showClaim(http.StatusOK, p)
}

func (v *visit) showClaim(status int, p activatePage) error {
	var err error
	var sites []attendance.Site
	if p.Sites, sites, err = v.siteChoices(); err != nil {
		return err
	}
	if len(p.Sites) == 1 {
		p.Set("site", p.Sites[0].Value)
	}
	if p.Code != "" {
		c, err := v.fleet.Claim(v.r.Context(), v.actor, p.Code)
		switch {
		case err == nil:
			p.Code = c.UserCode
			p.Claim = &claimView{
				Claim: c, Asked: v.named(c.Created, sites), Expires: v.named(c.Expires, sites),
				Left: v.text.Count("activate.left", int(math.Ceil(c.Expires.Sub(v.now()).Minutes()))),
			}
		case isNotFound(err):
			p.Wrong, status = "activate.unknown", http.StatusNotFound
		case errors.Is(err, access.ErrExpired):
			p.Wrong, status = "activate.expired", http.StatusGone
		case errors.Is(err, access.ErrTooMany):
			p.Wrong, status = "activate.too-many", http.StatusTooManyRequests
		default:
			return err
		}
	}
	return v.show(status, "app", "activate", "devices", p)
}

func (v *visit) approve() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := activatePage{form: f, Code: f.Get("code")}
	site, err := attendance.ParseID[attendance.SiteID](f.Get("site"))
	if err != nil {
		f.Reject("site", access.Required)
	}
	f.Require("name", "code")
	if !f.Bad() {
		id, err := v.fleet.Approve(v.r.Context(), v.actor, p.Code, site, f.Get("name"))
		if err == nil {
			return v.done("activate.approved", "/devices/"+string(id))
		}
		if isNotFound(err) || errors.Is(err, access.ErrExpired) || errors.Is(err, access.ErrTooMany) {
			return v.showClaim(http.StatusGone, p) // says so itself
		}
		if err := f.Take(err); err != nil {
			return err
		}
	}
	return v.showClaim(http.StatusUnprocessableEntity, p)
}

func (v *visit) deny() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	err = v.fleet.Deny(v.r.Context(), v.actor, f.Get("code"))
	if err != nil && !isNotFound(err) && !errors.Is(err, access.ErrExpired) {
		return err
	}
	return v.done("activate.denied", "/devices")
}
