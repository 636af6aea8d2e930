package console

import (
	"net/http"
	"slices"
	"time"

	"muster/access"
	"muster/attendance"
)

type employeePage struct {
	*form
	Person    *person
	Blocked   bool
	Sites     []choice
	SiteNames string
	Languages []string

	Cards   []cardView // that are assigned now
	Past    []cardView
	Tablets []choice // to tap a new card on
	Offline int      // tablets that can't be asked now
	Capture *captureView
	Card    *form // the form for a number typed by hand
	FaceID  *faceIDView

	Belongs    belonging
	Invitation invitationRow
	Dates      []datedWord // what is known of the account, in time
	Held       *heldBack   // the block of the address; nil: none
	Messages   []messageRow
	Waiting    []waitingContact

	Log []logRow
}

// waitingContact is an address or a number that the person wrote into their own data
// and has not confirmed yet.
type waitingContact struct {
	Address string
	Asked   *moment
}

// datedWord is something that happened, with when.
type datedWord struct {
	Words string
	When  *moment
}

func (p employeePage) title(*language) string { return p.Person.Name }

type cardView struct {
	ID      string
	Short   string
	From    *moment
	To      *moment
	Later   bool // its time hasn't come yet
	Blocked bool
}

func (v *visit) employee() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	return v.showEmployee(http.StatusOK, m, employeeForm(m), newForm())
}

// employeeForm is the form filled with what is stored.
func employeeForm(m attendance.Member) *form {
	f := newForm()
	f.Set("first_name", m.Profile.FirstName)
	f.Set("last_name", m.Profile.LastName)
	f.Set("number", m.Profile.Number)
	f.Set("language", m.Profile.Language)
	if m.Profile.Blocked {
		f.Set("blocked", "1")
	}
	for _, s := range m.Sites {
		f.Values.Add("sites", string(s))
	}
	return f
}

// zoneOfMember is the clock by which a person's cards begin and end: cards have no
// site of their own.
func zoneOfMember(sites []attendance.Site, m attendance.Member) *time.Location {
	for _, s := range sites {
		if slices.Contains(m.Sites, s.ID) {
			return s.Location()
		}
	}
	return time.UTC
}

// showEmployee shows a person with the two forms of the page as they are.
func (v *visit) showEmployee(status int, m attendance.Member, f, card *form) error {
	choices, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	zone := zoneOfMember(sites, m)
	p := employeePage{
		form: f, Person: personOf(m.Profile), Blocked: m.Profile.Blocked, Sites: choices,
		SiteNames: siteNames(sites, m.Sites), Languages: attendance.Languages, Card: card,
	}
	for _, c := range m.Cards {
		view := cardView{ID: string(c.ID), Short: c.ID.Short(), From: v.at(c.From, zone), To: v.at(c.To, zone), Blocked: c.Blocked}
		if c.To.IsZero() || c.To.After(v.now()) {
			view.Later = c.From.After(v.now())
			p.Cards = append(p.Cards, view)
		} else {
			p.Past = append(p.Past, view)
		}
	}
	if v.actor.May(access.ManageRoster) {
		if err := v.addCapture(&p, m); err != nil {
			return err
		}
	}
	if err := v.addFaceID(&p, m, zone); err != nil {
		return err
	}
	belong, err := v.belongings([]attendance.Member{m})
	if err != nil {
		return err
	}
	p.Belongs = belong[0]
	if err := v.addInvitation(&p, m, sites); err != nil {
		return err
	}
	p.Log, _, err = v.readLog(logFilter{profile: m.Profile.ID}, 10)
	if err != nil {
		return err
	}
	for i := range p.Log {
		p.Log[i].Own = true
	}
	return v.show(status, "app", "employee", "employees", p)
}

// blockedCards counts the cards that a person holds and that are blocked.
func blockedCards(m attendance.Member, now time.Time) (n int) {
	for _, c := range m.Cards {
		if c.Holds(now) && c.Blocked {
			n++
		}
	}
	return n
}

func workingCards(m attendance.Member, now time.Time) []attendance.Card {
	var cards []attendance.Card
	for _, c := range m.Cards {
		if c.Holds(now) && !c.Blocked {
			cards = append(cards, c)
		}
	}
	return cards
}

func (v *visit) findMember() (attendance.Member, error) {
	id, err := attendance.ParseID[attendance.ProfileID](v.r.PathValue("id"))
	if err != nil {
		return attendance.Member{}, access.ErrNotFound
	}
	return v.people.Member(v.r.Context(), v.actor, id)
}

func (v *visit) changeEmployee() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	profile, sites := profileOf(f)
	profile.ID, profile.Photo = m.Profile.ID, m.Profile.Photo
	if len(sites) == 0 {
		f.Reject("sites", access.Required)
	}
	contact, err := v.contactOf(f)
	if err != nil {
		return err
	}
	if !f.Bad() {
		// The contact first: it is what can be refused here.
		err := v.saveContact(m.Profile.ID, f, contact)
		if err == nil {
			err = v.people.ChangeProfile(v.r.Context(), v.actor, profile, sites)
		}
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showEmployee(http.StatusUnprocessableEntity, m, f, newForm())
	}
	return v.done("saved", employeeAt(m))
}

func employeeAt(m attendance.Member) string { return "/employees/" + string(m.Profile.ID) }

type confirmPage struct {
	Heading string   // what is about to happen
	Effects []string // what follows from it
	Button  string
	Action  string // where the form goes
	Back    string
	Calm    bool // nothing is taken away
	Day     *dayField
	Fields  []hidden // that the form carries on
}

// dayField is a day that may be given with a confirmation.
type dayField struct {
	*form
	Label, Hint string
}

func (p confirmPage) title(*language) string { return p.Heading }

// confirm asks before something that can't be taken back, and says what it
// does. With JavaScript the same words appear in a dialog.
func (v *visit) confirm(section string, p confirmPage) error {
	return v.show(http.StatusOK, "app", "confirm", section, p)
}

func (v *visit) confirmRemoveEmployee() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	return v.confirm("employees", confirmPage{
		Heading: v.text.Say("employee.remove.heading", "Name", m.Profile.Name()),
		Effects: []string{
			v.text.Count("employee.remove.cards", len(workingCards(m, v.now()))),
			v.text.Say("employee.remove.punches"),
			v.text.Say("employee.remove.final"),
		},
		Button: v.text.Say("employee.remove.button"),
		Action: employeeAt(m) + "/remove", Back: employeeAt(m),
	})
}

func (v *visit) removeEmployee() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	if err := v.people.RemoveProfile(v.r.Context(), v.actor, m.Profile.ID); err != nil {
		return err
	}
	return v.done("employee.removed", "/employees")
}
