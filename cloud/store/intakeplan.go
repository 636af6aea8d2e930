package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
	"muster/intake"
	"muster/invite"
)

// lookout is rows of a list beside what is known of the people they may mean.
type lookout struct {
	rows    []intake.Row
	plans   []plan // of each row
	kind    intake.Kind
	actor   access.Actor
	policy  invite.Policy
	columns map[intake.Field]string
	site    attendance.SiteID // of new people whose row names none
	names   map[attendance.SiteID]string

	byExternal map[string]*acquaintance
	byEmail    map[string][]*acquaintance
	byNumber   map[string]*acquaintance
	blocked    map[string]bool

	in        *admissions     // nil: the list only picks people
	elsewhere map[string]bool // addresses of people with an account in another organisation
	auto      bool            // whom it creates is invited at once
}

// acquaintance is somebody whom a row may mean.
type acquaintance struct {
	profile attendance.Profile
	contact invite.Contact
	state   invite.State
	gone    bool
	line    int                 // of the row that makes them; 0: they are there already
	sites   []attendance.SiteID // all of them
}

// plan is what one row does.
type plan struct {
	old     *acquaintance // nil: somebody new
	profile attendance.Profile
	contact invite.Contact
	sites   []attendance.SiteID // all of them, afterwards

	admission invite.Admission
}

// lookAt gathers what is known of the people whom rows may mean. The rows are
// copied: a transaction may run twice.
func (s *Store) lookAt(ctx context.Context, t *tx, actor access.Actor, j intake.Job, rows []intake.Row) (*lookout, error) {
	l := &lookout{
		rows: slices.Clone(rows), plans: make([]plan, len(rows)), kind: j.Kind, actor: actor, names: map[attendance.SiteID]string{}, columns: map[intake.Field]string{},
		byExternal: map[string]*acquaintance{}, byEmail: map[string][]*acquaintance{}, byNumber: map[string]*acquaintance{}, blocked: map[string]bool{},
	}
	for i := range l.rows {
		l.rows[i].Problems = slices.Clip(l.rows[i].Problems)
	}
	var err error
	if l.policy, err = s.policy(ctx, t, actor.Org); err != nil {
		return nil, err
	}
	v, err := findIntake(ctx, t, actor, j.ID)
	if err != nil {
		return nil, err
	}
	l.site, l.auto = v.Site, v.Confirmation.Auto
	if err := l.openWay(ctx, t, j, v); err != nil {
		return nil, err
	}
	for _, c := range v.Sheet.Columns {
		l.columns[c.Field] = c.Letter
	}
	if _, err = collect(ctx, t, func(r *sql.Rows, _ *struct{}) error {
		var id attendance.SiteID
		var name string
		err := r.Scan(&id, &name)
		l.names[id] = name
		return err
	}, `SELECT id, name FROM sites WHERE org = ?`, actor.Org); err != nil {
		return nil, err
	}
	if err := l.meet(ctx, t); err != nil {
		return nil, err
	}
	return l, l.meetAccounts(ctx)
}

// plan says what a row does. What it does is in plans[i] then, unless the row is
// refused.
func (l *lookout) plan(i int) {
	r := &l.rows[i]
	if r.Verdict == intake.Refused || len(r.Problems) > 0 {
		r.Refuse() // it has its problems
		return
	}
	cells := r.Cells
	old, problem := l.match(r.Record)
	if problem == nil && l.kind == intake.People {
		problem = l.merge(r, &l.plans[i], old)
	} else if problem == nil && old == nil {
		problem = l.about(key(r.Record), intake.NotFound, r.Record)
	}
	if problem != nil {
		r.Refuse(*problem)
		return
	}
	r.Cells = nil
	if l.kind == intake.Choice {
		r.Verdict, r.Person = intake.Same, old.profile.ID
		r.Record = intake.Record{
			Email: old.contact.Email, ExternalID: old.contact.ExternalID, Phone: old.contact.Phone, FirstName: old.profile.FirstName, LastName: old.profile.LastName, Number: old.profile.Number,
		}
		l.plans[i].contact = old.contact
	} else {
		r.Cells = trim(cells, r.Verdict)
	}
	l.send(r, l.plans[i].contact, old)
}

// about is a problem with what a record says in a field.
func (l *lookout) about(f intake.Field, code string, r intake.Record) *intake.Problem {
	given := map[intake.Field]string{intake.ExternalID: r.ExternalID, intake.Email: r.Email, intake.Number: r.Number, intake.Phone: r.Phone}[f]
	return &intake.Problem{Field: f, Column: l.columns[f], Code: code, Given: given}
}

// match finds whom a record means: nil is somebody new. What one of its keys says
// must not contradict another.
func (l *lookout) match(r intake.Record) (*acquaintance, *intake.Problem) {
	external := l.byExternal[r.ExternalID]
	byEmail := l.byEmail[strings.ToLower(r.Email)]
	number := l.byNumber[strings.ToLower(r.Number)]
	found := external
	if found == nil {
		// Somebody with another external ID is somebody else.
		mine := slices.DeleteFunc(slices.Clone(byEmail), func(a *acquaintance) bool { return r.ExternalID != "" && a.contact.ExternalID != "" })
		if len(mine) > 1 {
			return nil, l.about(intake.Email, intake.Ambiguous, r)
		}
		if len(mine) == 1 {
			found = mine[0]
		}
	}
	if found == nil && number != nil && !number.gone && (r.ExternalID == "" || number.contact.ExternalID == "") {
		found = number
	}
	switch {
	case found != nil && found.line != 0:
		return nil, &intake.Problem{Field: key(r), Column: l.columns[key(r)], Code: intake.Twice, Line: found.line}
	case found != nil && !l.reaches(found):
		return nil, l.about(key(r), intake.OfAnother, r)
	case number != nil && number != found && number.gone:
		return nil, l.about(intake.Number, intake.OfSomebodyGone, r)
	case number != nil && number != found:
		return nil, l.about(intake.Number, intake.OfAnother, r)
	case slices.ContainsFunc(byEmail, func(a *acquaintance) bool { return a != found }):
		return nil, l.about(intake.Email, intake.OfAnother, r)
	}
	return found, nil
}

func (l *lookout) reaches(a *acquaintance) bool {
	return l.actor.Everywhere() || slices.ContainsFunc(a.sites, l.actor.Sees)
}

// merge says what a record makes of somebody.
func (l *lookout) merge(r *intake.Row, p *plan, old *acquaintance) *intake.Problem {
	before := intake.Record{}
	var hidden []attendance.SiteID // out of the actor's reach, and left alone
	if old != nil {
		var visible []attendance.SiteID
		for _, site := range old.sites {
			if l.actor.Sees(site) {
				visible = append(visible, site)
			} else {
				hidden = append(hidden, site)
			}
		}
		before = intake.Record{
			ExternalID: old.contact.ExternalID, Email: old.contact.Email, Phone: old.contact.Phone, FirstName: old.profile.FirstName, LastName: old.profile.LastName,
			Number: old.profile.Number, Language: old.profile.Language, Sites: visible,
		}
	}
	row := r.Record
	row.Sites, _ = cleanSites(row.Sites) //nolint:errcheck // looked at below
	if old == nil && len(row.Sites) == 0 && l.site != "" {
		row.Sites = []attendance.SiteID{l.site}
	}
	after, changes := intake.Merge(before, row, l.called)
	p.old = old
	if old != nil {
		p.profile = old.profile
	}
	p.profile.FirstName, p.profile.LastName, p.profile.Number, p.profile.Language = after.FirstName, after.LastName, after.Number, after.Language
	p.contact = invite.Contact{Email: after.Email, Phone: after.Phone, ExternalID: after.ExternalID}
	p.sites = append(slices.Clone(hidden), after.Sites...)
	slices.Sort(p.sites)
	if problem := l.clean(p, after, old == nil); problem != nil {
		return problem
	}
	if problem := l.admit(r, p); problem != nil {
		return problem
	}
	switch {
	case old == nil:
		r.Verdict = intake.New
		if r.Person == "" {
			r.Person = attendance.NewID[attendance.ProfileID]()
		}
		p.profile.ID = r.Person
		l.remember(r.Line, p)
	case len(changes) == 0 && !p.moves():
		r.Verdict, r.Person, r.Changes = intake.Same, old.profile.ID, nil
	default:
		r.Verdict, r.Person, r.Changes = intake.Changed, old.profile.ID, changes
	}
	return nil
}

// remember has the rows after this one know whom it makes.
func (l *lookout) remember(line int, p *plan) {
	a := &acquaintance{profile: p.profile, contact: p.contact, sites: p.sites, line: line}
	if n := strings.ToLower(p.profile.Number); n != "" {
		l.byNumber[n] = a
	}
	if p.contact.ExternalID != "" {
		l.byExternal[p.contact.ExternalID] = a
	}
	if p.contact.Email != "" {
		l.byEmail[p.contact.Email] = append(l.byEmail[p.contact.Email], a)
	}
}

// clean brings what somebody would be into the form that is kept, or says why it
// can't be.
func (l *lookout) clean(p *plan, after intake.Record, fresh bool) *intake.Problem {
	if fresh && p.profile.Name() == "" {
		return &intake.Problem{Field: intake.LastName, Column: l.columns[intake.LastName], Code: intake.NoName}
	}
	if fresh && len(p.sites) == 0 {
		return &intake.Problem{Field: intake.Sites, Column: l.columns[intake.Sites], Code: intake.NoSite}
	}
	for _, site := range p.sites {
		if l.names[site] == "" || slices.Contains(after.Sites, site) && !l.actor.Sees(site) {
			return &intake.Problem{Field: intake.Sites, Column: l.columns[intake.Sites], Code: intake.UnknownSite}
		}
	}
	var invalid access.Invalid
	if err := errors.Join(cleanProfile(&p.profile), cleanContact(&p.contact)); errors.As(err, &invalid) {
		f := map[string]intake.Field{
			"first_name": intake.FirstName, "last_name": intake.LastName, "number": intake.Number, "language": intake.Language,
			"email": intake.Email, "phone": intake.Phone, "external_id": intake.ExternalID,
		}[invalid.Field]
		return &intake.Problem{Field: f, Column: l.columns[f], Code: invalid.Problem}
	}
	return nil
}

// called names sites for people.
func (l *lookout) called(sites []attendance.SiteID) string {
	var names []string
	for _, s := range sites {
		names = append(names, l.names[s])
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// send says what an invitation to somebody would do. It is judge for one person;
// what it says is for people to read, judge decides.
func (l *lookout) send(r *intake.Row, c invite.Contact, old *acquaintance) {
	channel, why := l.policy.Channel(c)
	state := invite.State{Account: invite.Inactive, Delivery: invite.None, Membership: invite.Accepted}
	if old != nil {
		state = old.state
	}
	address := c.Email
	if address == "" {
		address = c.Phone
	}
	_, err := invite.Next(state, invite.Invite)
	switch {
	case old != nil && state.Status() == invite.Waiting:
		r.Sends = string(invite.WaitsAlready)
	case l.blocked[address] && state.Status() != invite.Activated && state.Status() != invite.Ended:
		r.Sends = string(invite.AddressBlocked)
	case err != nil:
		r.Sends = string(invite.NotPossible)
	case why != "":
		r.Sends = string(why)
	default:
		r.Sends = string(channel)
	}
}
