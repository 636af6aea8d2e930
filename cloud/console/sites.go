package console

import (
	"net/http"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/cloud/words"
)

type sitesPage struct {
	Sites []siteRow
}

type siteRow struct {
	ID       string
	Name     string
	Zone     string
	Now      string // the time there
	Language string
	People   int
	Tablets  int
	Behind   int // of these, whose people and cards are older than the cloud's
}

func (v *visit) sitesPage() error {
	sites, err := v.people.Sites(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	tablets, err := v.fleet.Tablets(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	var p sitesPage
	for _, s := range sites {
		members, err := v.people.Members(v.r.Context(), v.actor, attendance.MemberQuery{Site: s.ID, Limit: 1})
		if err != nil {
			return err
		}
		row := siteRow{
			ID: string(s.ID), Name: s.Name, Zone: s.TimeZone, Now: words.Clock(v.now().In(s.Location())),
			Language: s.Language, People: members.Total,
		}
		for _, t := range tablets {
			if t.Site == s.ID && t.Revoked.IsZero() {
				row.Tablets++
				if t.Roster.Behind > 0 {
					row.Behind++
				}
			}
		}
		p.Sites = append(p.Sites, row)
	}
	return v.show(http.StatusOK, "app", "sites", "sites", p)
}

type siteForm struct {
	*form
	ID        string // empty: a new one
	Name      string // as it is now
	Languages []string
	Zones     []string
	Offline   []attendance.Offline
}

func (p siteForm) title(l *language) string {
	if p.ID == "" {
		return l.Say("title.site.new")
	}
	return p.Name
}

func (v *visit) showSite(status int, p siteForm) error {
	p.Languages, p.Zones, p.Offline = attendance.Languages, zoneNames, attendance.OfflineChoices
	return v.show(status, "app", "site", "sites", p)
}

func (v *visit) newSite() error {
	f := newForm()
	f.Set("language", v.text.Tag)
	f.Set("offline", string(attendance.OfflineAllowed))
	if v.zone != nil {
		f.Set("time_zone", v.zone.String())
	}
	return v.showSite(http.StatusOK, siteForm{form: f})
}

func (v *visit) addSite() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, err = v.people.AddSite(v.r.Context(), v.actor, siteOf(f, ""))
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showSite(http.StatusUnprocessableEntity, siteForm{form: f})
	}
	return v.done("site.added", "/sites")
}

func siteOf(f *form, id attendance.SiteID) attendance.Site {
	return attendance.Site{
		ID: id, Name: f.Get("name"), TimeZone: f.Get("time_zone"), Language: f.Get("language"), Offline: attendance.Offline(f.Get("offline")),
	}
}

func (v *visit) site() error {
	s, err := v.findSite()
	if err != nil {
		return err
	}
	f := newForm()
	f.Set("name", s.Name)
	f.Set("time_zone", s.TimeZone)
	f.Set("language", s.Language)
	f.Set("offline", string(s.Offline))
	return v.showSite(http.StatusOK, siteForm{form: f, ID: string(s.ID), Name: s.Name})
}

func (v *visit) changeSite() error {
	s, err := v.findSite()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	err = v.people.ChangeSite(v.r.Context(), v.actor, siteOf(f, s.ID))
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showSite(http.StatusUnprocessableEntity, siteForm{form: f, ID: string(s.ID), Name: s.Name})
	}
	return v.done("saved", "/sites")
}

func (v *visit) findSite() (attendance.Site, error) {
	id, err := attendance.ParseID[attendance.SiteID](v.r.PathValue("id"))
	if err != nil {
		return attendance.Site{}, access.ErrNotFound
	}
	return v.people.Site(v.r.Context(), v.actor, id)
}

// choice is one of several things to pick from.
type choice struct {
	Value  string
	Label  string
	Count  int
	Chosen bool
}

// siteChoices are the sites within reach, to pick from.
func (v *visit) siteChoices() ([]choice, []attendance.Site, error) {
	sites, err := v.people.Sites(v.r.Context(), v.actor)
	if err != nil {
		return nil, nil, err
	}
	choices := make([]choice, len(sites))
	for i, s := range sites {
		choices[i] = choice{Value: string(s.ID), Label: s.Name}
	}
	return choices, sites, nil
}

func siteName(sites []attendance.Site, id attendance.SiteID) string {
	i := slices.IndexFunc(sites, func(s attendance.Site) bool { return s.ID == id })
	if i < 0 {
		return ""
	}
	return sites[i].Name
}

func siteNames(sites []attendance.Site, ids []attendance.SiteID) string {
	var names []string
	for _, s := range sites { // in the order of the sites, which is by name
		if slices.Contains(ids, s.ID) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}
