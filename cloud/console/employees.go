package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
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

	Membership  string   // that the list is narrowed to; empty: any
	Memberships []choice // with counts; nil: all are members

	Unknown string // what of the address is no filter there is; empty: nothing
}

type employeeRow struct {
	*person
	Sites   string
	Cards   int // that work now
	Lost    int // that are blocked
	Blocked bool
	Belongs belonging
}

func (v *visit) employees() error {
	q := v.r.URL.Query()
	query := attendance.MemberQuery{Text: q.Get("q"), After: q.Get("after"), Limit: employeesPerPage}
	unknown := ""
	if m := q.Get("membership"); slices.Contains(invite.Memberships, invite.Membership(m)) {
		query.Membership = m
	} else {
		unknown = m
	}
	if id, err := attendance.ParseID[attendance.SiteID](q.Get("site")); err == nil {
		query.Site = id
	} else {
		unknown = cmp.Or(unknown, q.Get("site"))
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
		NoSites: len(sites) == 0, Asked: query.Text != "" || query.Site != "" || query.Membership != "", Membership: query.Membership,
	}
	if p.Sites, err = v.countedSites(choices, query); err != nil {
		return err
	}
	if p.Memberships, err = v.countedMemberships(query); err != nil {
		return err
	}
	belong, err := v.belongings(page.Members)
	if err != nil {
		return err
	}
	for i, m := range page.Members {
		if belong[i].How == string(invite.AddedNew) {
			belong[i].How = "" // true of nearly everybody
		}
		p.People = append(p.People, employeeRow{
			person: personOf(m.Profile), Sites: siteNames(sites, m.Sites),
			Cards: len(workingCards(m, v.now())), Lost: blockedCards(m, v.now()), Blocked: m.Profile.Blocked, Belongs: belong[i],
		})
	}
	if page.Next != "" {
		p.Next = employeesAt(query, page.Next)
	}
	status := http.StatusOK
	if unknown != "" { // nobody: what was meant may have been few
		p.People, p.Total, p.Next, p.Asked, p.Unknown, status = nil, 0, "", true, unknown, http.StatusBadRequest
	}
	return v.show(status, "app", "employees", "employees", p)
}

func employeesAt(query attendance.MemberQuery, after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": query.Text, "site": string(query.Site), "membership": query.Membership, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/employees"
	}
	return "/employees?" + q.Encode()
}

// Where gives the address of the list narrowed to a site, the rest kept.
func (p employeesPage) Where(site string) string {
	return employeesAt(attendance.MemberQuery{Text: p.Text, Site: attendance.SiteID(site), Membership: p.Membership}, "")
}

// Whose gives the address of the list narrowed to a membership, the rest kept.
func (p employeesPage) Whose(membership string) string {
	return employeesAt(attendance.MemberQuery{Text: p.Text, Site: attendance.SiteID(p.Site), Membership: membership}, "")
}

// countedSites says how many people who match the search are at each site.
func (v *visit) countedSites(choices []choice, query attendance.MemberQuery) ([]choice, error) {
	if len(choices) < 2 {
		return nil, nil
	}
	counted := append([]choice{{Label: v.text.Say("sites.all"), Chosen: query.Site == ""}}, choices...)
	for i := range counted {
		page, err := v.people.Members(v.r.Context(), v.actor,
			attendance.MemberQuery{Text: query.Text, Site: attendance.SiteID(counted[i].Value), Membership: query.Membership, Limit: 1})
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
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	if policy.InviteSingles {
		f.Set("invite", "1")
	}
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
	return v.show(status, "app", "employee-new", "employees", newEmployeePage{form: f, Sites: choices, Languages: attendance.Languages})
}

func (v *visit) addEmployee() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	profile, sites := profileOf(f)
	if len(sites) == 0 {
		f.Reject("sites", access.Required)
	}
	contact, err := v.newContactOf(f)
	if err != nil {
		return err
	}
	var admission invite.Admission
	if !f.Bad() {
		way := invite.Way("")
		if contact.Email != "" {
			way = invite.ByAddress
		}
		profile, admission, err = v.people.AddMember(v.r.Context(), v.actor, profile, sites, contact, way)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showNewEmployee(http.StatusUnprocessableEntity, f)
	}
	invited := false
	if f.Get("invite") != "" && (contact.Email != "" || contact.Phone != "") {
		b, err := v.people.Ask(v.r.Context(), v.actor, invite.Order{Event: invite.Invite, To: invite.Selection{IDs: []attendance.ProfileID{profile.ID}}})
		if err != nil {
			return err
		}
		invited = b.Queued > 0
	}
	return v.done(addedWords(admission, invited), "/employees/"+string(profile.ID))
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
