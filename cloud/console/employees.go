package console

import (
	"net/http"
	"net/url"

	"muster/access"
	"muster/attendance"
)

const employeesPerPage = 50

type employeesPage struct {
	Text    string
	Site    string
	Sites   []choice // with counts; the first stands for all
	People  []employeeRow
	Total   int
	Next    string // address of the page after; empty: this is the last
	Later   bool   // this isn't the first page
	NoSites bool   // nobody can be added before there is a site
	Asked   bool   // something narrows the list
}

type employeeRow struct {
	*person
	Sites   string
	Cards   int // that work now
	Lost    int // that are blocked
	Blocked bool
}

func (v *visit) employees() error {
	q := v.r.URL.Query()
	query := attendance.MemberQuery{Text: q.Get("q"), After: q.Get("after"), Limit: employeesPerPage}
	if id, err := attendance.ParseID[attendance.SiteID](q.Get("site")); err == nil {
		query.Site = id
	}
	page, err := v.people.Members(v.r.Context(), v.actor, query)
	if isInvalid(err, "text") { // a search that can't be in any name finds nobody
		page, err = attendance.MemberPage{}, nil
	}
	if err != nil {
		return err
	}
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	p := employeesPage{
		Text: query.Text, Site: string(query.Site), Total: page.Total, Later: query.After != "",
		NoSites: len(sites) == 0, Asked: query.Text != "" || query.Site != "",
	}
	if p.Sites, err = v.countedSites(choices, query); err != nil {
		return err
	}
	for _, m := range page.Members {
		p.People = append(p.People, employeeRow{
			person: personOf(m.Profile), Sites: siteNames(sites, m.Sites),
			Cards: len(workingCards(m, v.now())), Lost: blockedCards(m, v.now()), Blocked: m.Profile.Blocked,
		})
	}
	if page.Next != "" {
		p.Next = employeesAt(query.Text, string(query.Site), page.Next)
	}
	return v.show(http.StatusOK, "app", "employees", "employees", p)
}

func employeesAt(text, site, after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": text, "site": site, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/employees"
	}
	return "/employees?" + q.Encode()
}

// Where gives the address of the list narrowed to a site, the search kept.
func (p employeesPage) Where(site string) string { return employeesAt(p.Text, site, "") }

// countedSites says how many people who match the search are at each site.
func (v *visit) countedSites(choices []choice, query attendance.MemberQuery) ([]choice, error) {
	if len(choices) < 2 {
		return nil, nil
	}
	counted := append([]choice{{Label: v.text.say("sites.all"), Chosen: query.Site == ""}}, choices...)
	for i := range counted {
		page, err := v.people.Members(v.r.Context(), v.actor,
			attendance.MemberQuery{Text: query.Text, Site: attendance.SiteID(counted[i].Value), Limit: 1})
		if err != nil && !isInvalid(err, "text") {
			return nil, err
		}
		counted[i].Count = page.Total
		counted[i].Chosen = counted[i].Value == string(query.Site)
	}
	return counted, nil
}

type newEmployeePage struct {
	*form
	Sites     []choice
	Languages []string
}

func (v *visit) newEmployee() error {
	f := newForm()
	if site := v.r.URL.Query().Get("site"); site != "" {
		f.Set("sites", site)
	}
	return v.showNewEmployee(http.StatusOK, f)
}

func (v *visit) showNewEmployee(status int, f *form) error {
	choices, _, err := v.siteChoices()
	if err != nil {
		return err
	}
	if len(choices) == 1 {
		f.Set("sites", choices[0].Value) // nothing to choose
	}
	return v.show(status, "app", "employee-new", "employees", newEmployeePage{form: f, Sites: choices, Languages: languageTags})
}

func (v *visit) addEmployee() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	profile, sites := profileOf(f)
	if len(sites) == 0 {
		f.reject("sites", access.Required)
	}
	if !f.Bad() {
		profile, err = v.people.AddProfile(v.r.Context(), v.actor, profile, sites)
		if err := f.take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showNewEmployee(http.StatusUnprocessableEntity, f)
	}
	return v.done("employee.added", "/employees/"+string(profile.ID))
}

func profileOf(f *form) (attendance.Profile, []attendance.SiteID) {
	p := attendance.Profile{
		FirstName: f.Get("first_name"), LastName: f.Get("last_name"), Number: f.Get("number"),
		Language: f.Get("language"), Blocked: f.Get("blocked") != "",
	}
	sites := make([]attendance.SiteID, 0, len(f.All("sites")))
	for _, s := range f.All("sites") {
		sites = append(sites, attendance.SiteID(s))
	}
	return p, sites
}
