package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

type devicesPage struct {
	Tablets []tabletView
	Revoked []tabletView
	Online  int
	NoSites bool // a tablet needs a site to go to
}

func (v *visit) devices() error {
	p, err := v.readDevices()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "app", "devices", "devices", p)
}

func (v *visit) readDevices() (devicesPage, error) {
	var p devicesPage
	_, sites, err := v.siteChoices()
	if err != nil {
		return p, err
	}
	tablets, err := v.fleet.Tablets(v.r.Context(), v.actor)
	if err != nil {
		return p, err
	}
	p.NoSites = len(sites) == 0
	for _, t := range tablets {
		view := v.tabletView(t, zoneOf(sites, t.Site))
		if view.Revoked != nil {
			p.Revoked = append(p.Revoked, view)
			continue
		}
		if t.Online {
			p.Online++
		}
		p.Tablets = append(p.Tablets, view)
	}
	// Those that need somebody come first.
	slices.SortStableFunc(p.Tablets, func(a, b tabletView) int {
		return cmp.Or(cmp.Compare(len(b.Problems), len(a.Problems)),
			strings.Compare(strings.ToLower(a.Site), strings.ToLower(b.Site)),
			strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	return p, nil
}

func zoneOf(sites []attendance.Site, id attendance.SiteID) *time.Location {
	for _, s := range sites {
		if s.ID == id {
			return s.Location()
		}
	}
	return time.UTC
}

type newDevicePage struct {
	*form
	Sites   []choice
	Code    string // the one-time code, once it is made
	Site    string
	Expires *moment
}

func (v *visit) newDevice() error {
	return v.showNewDevice(http.StatusOK, newDevicePage{form: newForm()})
}

func (v *visit) showNewDevice(status int, p newDevicePage) error {
	choices, _, err := v.siteChoices()
	if err != nil {
		return err
	}
	p.Sites = choices
	return v.show(status, "app", "device-new", "devices", p)
}

// issueActivationCode shows the code once, in the answer itself: asked for
// again, it would be another.
func (v *visit) issueActivationCode() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	p := newDevicePage{form: f}
	site, err := attendance.ParseID[attendance.SiteID](f.Get("site"))
	if err != nil {
		f.Reject("site", access.Required)
	}
	f.Require("name")
	if !f.Bad() {
		var expires time.Time
		p.Code, expires, err = v.fleet.ActivationCode(v.r.Context(), v.actor, site, f.Get("name"))
		if err := f.Take(err); err != nil {
			return err
		}
		p.Expires = v.named(expires, nil)
	}
	if f.Bad() {
		return v.showNewDevice(http.StatusUnprocessableEntity, p)
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	p.Site = siteName(sites, site)
	return v.showNewDevice(http.StatusOK, p)
}

type devicePage struct {
	*form
	tabletView
	CertLife string
	Losses   []lossView
	Import   *importView
	Admin    bool // of the whole organisation
}

func (p devicePage) title(*language) string { return p.tabletView.Name }

func (v *visit) findTablet() (device.Tablet, error) {
	id, err := attendance.ParseID[attendance.DeviceID](v.r.PathValue("id"))
	if err != nil {
		return device.Tablet{}, access.ErrNotFound
	}
	return v.fleet.Tablet(v.r.Context(), v.actor, id)
}

func (v *visit) device() error {
	t, err := v.findTablet()
	if err != nil {
		return err
	}
	f := newForm()
	f.Set("name", t.Name)
	return v.showDevice(http.StatusOK, t, f)
}

func (v *visit) showDevice(status int, t device.Tablet, f *form) error {
	return v.showDeviceWith(status, t, f, nil)
}

func (v *visit) showDeviceWith(status int, t device.Tablet, f *form, imported *importView) error {
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	if !f.Values.Has("name") { // the other form of the page was sent
		f.Set("name", t.Name)
	}
	tablet := v.tabletView(t, zoneOf(sites, t.Site))
	if i := slices.IndexFunc(sites, func(s attendance.Site) bool { return s.ID == t.Site }); i >= 0 && sites[i].Offline == attendance.OfflineApproval {
		tablet.Unmarked, tablet.Lenient = tablet.Told != nil && t.Health.Reading < device.ReadsApproval, false
	}
	return v.show(status, "app", "device", "devices", devicePage{
		form: f, tabletView: tablet, Losses: v.lossViews(t, zoneOf(sites, t.Site)), Import: imported, Admin: v.actor.Everywhere(),
	})
}

func deviceAt(t device.Tablet) string { return "/devices/" + string(t.ID) }

// onTablet reads the form that was sent to a tablet's page, does what it asks
// for, and shows the page again where the form was wrong.
func (v *visit) onTablet(done string, do func(device.Tablet, *form) error) error {
	t, err := v.findTablet()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if err := f.Take(do(t, f)); err != nil {
		return err
	}
	if f.Bad() {
		return v.showDevice(http.StatusUnprocessableEntity, t, f)
	}
	return v.done(done, deviceAt(t))
}

func (v *visit) renameDevice() error {
	return v.onTablet("saved", func(t device.Tablet, f *form) error {
		if f.Require("name"); f.Bad() {
			return nil
		}
		return v.fleet.Rename(v.r.Context(), v.actor, t.ID, f.Get("name"))
	})
}

func (v *visit) lockDevice() error {
	return v.onTablet("tablet.locked-now", func(t device.Tablet, f *form) error {
		return v.fleet.Lock(v.r.Context(), v.actor, t.ID, f.Get("message"))
	})
}

func (v *visit) unlockDevice() error {
	return v.onTablet("tablet.unlocked", func(t device.Tablet, _ *form) error {
		return v.fleet.Unlock(v.r.Context(), v.actor, t.ID)
	})
}

func (v *visit) confirmRevokeDevice() error {
	t, err := v.findTablet()
	if err != nil {
		return err
	}
	effects := []string{v.text.Say("tablet.revoke.cut")}
	if t.Health.Waiting > 0 {
		effects = append(effects, v.text.Count("tablet.revoke.waiting", t.Health.Waiting))
	} else if !t.Online {
		effects = append(effects, v.text.Say("tablet.revoke.offline"))
	}
	return v.confirm("devices", confirmPage{
		Heading: v.text.Say("tablet.revoke.heading", "Name", t.Name, "Site", t.SiteName),
		Effects: append(effects, v.text.Say("tablet.revoke.stay"), v.text.Say("tablet.revoke.back")),
		Button:  v.text.Say("tablet.revoke.button"),
		Action:  deviceAt(t) + "/revoke", Back: deviceAt(t),
	})
}

func (v *visit) revokeDevice() error {
	t, err := v.findTablet()
	if err != nil {
		return err
	}
	if err := v.fleet.Revoke(v.r.Context(), v.actor, t.ID); err != nil {
		return err
	}
	return v.done("tablet.revoked", "/devices")
}
