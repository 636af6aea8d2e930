package console

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/cloud/pages"
	"muster/invite"
)

// mostNamed is how many people a review names; beyond, it says how many more.
const mostNamed = 50

// reviewPage says what an order would do and to whom, before it is given.
type reviewPage struct {
	Plan    invite.Plan
	Fields  []hidden // the selection
	Key     string   // makes two presses of the button one order
	Event   string
	People  []reviewed // to whom a message goes; at most mostNamed
	More    int        // how many aren't named
	Refused []refusal
	Changed bool // since the page was shown, more would be sent
	Back    string
	Life    string // how long a link is good
	Texts   []wording
	Shown   string // which text the preview begins with
	Launch  bool   // everybody is invited: the launch
	Kept    bool   // nothing leaves this machine
}

// reviewing is why a review is shown, and with what.
type reviewing struct {
	changed bool // since the page was shown, more would be sent
	launch  bool
	typed   map[invite.TemplateKey]invite.Template // what was typed
}

type reviewed struct {
	ID, Name, Number, To string
	SMS                  bool
}

// refusal is how many get nothing, and why.
type refusal struct {
	Obstacle string
	Count    int
	To       string     // the list of them; empty: People
	People   []reviewed // where they were ticked one by one
	Again    *moment
}

func (p reviewPage) title(l *language) string {
	if p.Plan.Sends() == 0 {
		return l.Say("invitation.review.nobody")
	}
	return l.Count("invitation.review.heading", p.Plan.Sends())
}

// Heading is the title in the page's own words.
func (p reviewPage) Heading() bool { return p.Plan.Sends() > 0 }

func orderOf(f *form) (invite.Order, error) {
	to, err := selectionOf(f)
	o := invite.Order{To: to, Key: f.Get("key")}
	if e := invite.Event(f.Get("event")); e == invite.Invite || e == invite.Chase {
		o.Event = e
	}
	return o, err
}

func (v *visit) reviewOrder() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	o, err := orderOf(f)
	if err != nil {
		return err
	}
	if empty(o.To) {
		return v.done("invitation.nobody-ticked", backTo(f.Values))
	}
	o.Key = uuid.NewString()
	return v.showReview(http.StatusOK, o, reviewing{})
}

func (v *visit) showReview(status int, o invite.Order, why reviewing) error {
	plan, err := v.people.PlanOrder(v.r.Context(), v.actor, o)
	if err != nil {
		return err
	}
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	p := reviewPage{
		Plan: plan, Fields: selectionFields(o.To), Key: o.Key, Event: string(o.Event), Changed: why.changed, Launch: why.launch,
		Back: "/invitations", Life: v.text.Span(policy.Life),
	}
	if o.To.All {
		p.Back = invitationsAt(o.To.Filter, "")
		err = v.nameSome(&p, o.To)
	} else {
		err = v.nameEach(&p, o)
	}
	if err != nil {
		return err
	}
	if p.Texts, err = v.orderTexts(o, plan, why.typed); err != nil {
		return err
	}
	if len(p.Texts) > 0 {
		p.Shown = p.Texts[0].Key
	}
	if why.launch {
		p.Back = "/launch"
	}
	if v.mail != nil {
		ways := v.mail.Ways()
		p.Kept = (plan.Email == 0 || ways.Email == Kept) && (plan.SMS == 0 || ways.SMS == Kept)
	}
	slices.SortFunc(p.Refused, func(a, b refusal) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Obstacle, b.Obstacle)) })
	return v.show(status, "app", "review", "invitations", p)
}

// nameEach tells of each person who was ticked what becomes of them.
func (v *visit) nameEach(p *reviewPage, o invite.Order) error {
	refused := map[invite.Obstacle]*refusal{}
	for _, why := range slices.Sorted(maps.Keys(p.Plan.Refused)) {
		refused[why] = &refusal{Obstacle: string(why), Count: p.Plan.Refused[why], To: obstaclePlace(invite.Filter{}, why)}
	}
	named := 0
	for _, id := range o.To.IDs {
		if named++; named > mostNamed {
			break
		}
		person, err := v.people.Invitation(v.r.Context(), v.actor, id)
		if isNotFound(err) {
			continue // out of reach: the plan leaves them out too
		}
		if err != nil {
			return err
		}
		one, err := v.people.PlanOrder(v.r.Context(), v.actor, invite.Order{Event: o.Event, To: invite.Selection{IDs: []attendance.ProfileID{id}}})
		if err != nil {
			return err
		}
		r := reviewedOf(person, one.SMS > 0)
		if one.Sends() > 0 {
			p.People = append(p.People, r)
			continue
		}
		for why := range one.Refused {
			if list := refused[why]; list != nil {
				list.People, list.To = append(list.People, r), ""
				if again := person.Chases.Again(v.now()); why == invite.ChasedAlready && list.Again == nil {
					list.Again = v.here(again)
				}
			}
		}
	}
	p.More = max(p.Plan.Sends()-len(p.People), 0)
	for _, r := range refused {
		p.Refused = append(p.Refused, *r)
	}
	return nil
}

func reviewedOf(p invite.Person, sms bool) reviewed {
	r := reviewed{ID: string(p.Profile.ID), Name: p.Profile.Name(), Number: p.Profile.Number, To: p.Contact.Email, SMS: sms}
	if sms {
		r.To = p.Contact.Phone
	}
	return r
}

// nameSome names the first of many, and leads to lists of those who get nothing.
func (v *visit) nameSome(p *reviewPage, to invite.Selection) error {
	for why, n := range p.Plan.Refused {
		p.Refused = append(p.Refused, refusal{Obstacle: string(why), Count: n, To: obstaclePlace(to.Filter, why)})
	}
	page, err := v.people.Invitations(v.r.Context(), v.actor, invite.Query{Filter: to.Filter, Limit: mostNamed})
	if err != nil {
		return err
	}
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, person := range page.People {
		if len(p.People) == 10 || slices.Contains(to.Except, person.Profile.ID) {
			continue
		}
		channel, why := policy.Channel(person.Contact)
		event, ask := person.State.Ask()
		soon := event == invite.Chase && !person.Chases.Again(v.now()).IsZero()
		if why == "" && ask && !soon && person.Blocked.Address == "" {
			p.People = append(p.People, reviewedOf(person, channel == invite.SMS))
		}
	}
	p.More = max(p.Plan.Sends()-len(p.People), 0)
	return nil
}

// obstaclePlace is where those are listed for whom nothing is sent for a reason.
func obstaclePlace(f invite.Filter, why invite.Obstacle) string {
	switch why {
	case invite.WaitsAlready:
		f.Status = []invite.Status{invite.Waiting}
	case invite.ChasedAlready, invite.CameTooLate:
		f.Status = []invite.Status{invite.Pending}
	case invite.NotPossible:
		f.Status = []invite.Status{invite.Activated}
	case invite.NotMember:
		return "/employees?membership=" + string(invite.Outside)
	case invite.Obstacle(invite.NoContact):
		f.Reachable = invite.ByHand
	case invite.Obstacle(invite.EmailOnly), invite.Obstacle(invite.NotConfigured):
		f.Reachable = invite.ByPhone
	case invite.Obstacle(invite.AddressBlocked):
		return "/invitations/blocks"
	}
	return invitationsAt(f, "")
}

// sendOrder carries an order out that was reviewed. Where more messages would go
// out than were shown, it shows them first.
func (v *visit) sendOrder() error {
	f, err := v.readFormOf(textsLimit)
	if err != nil {
		return err
	}
	o, err := orderOf(f)
	if err != nil {
		return err
	}
	if _, err := uuid.Parse(o.Key); err != nil || empty(o.To) {
		return pages.ErrBadForm
	}
	email, err1 := strconv.Atoi(f.Get("emails"))
	sms, err2 := strconv.Atoi(f.Get("texts"))
	if errors.Join(err1, err2) != nil {
		return pages.ErrBadForm
	}
	plan, err := v.people.PlanOrder(v.r.Context(), v.actor, o)
	if err != nil {
		return err
	}
	why := reviewing{launch: f.Get("launch") != "" && v.actor.May(access.ManageSites)}
	var good bool
	if o.Texts, why.typed, good, err = v.typedTexts(f); err != nil {
		return err
	}
	if !good {
		return v.showReview(http.StatusUnprocessableEntity, o, why)
	}
	if plan.Email > email || plan.SMS > sms {
		why.changed = true
		return v.showReview(http.StatusConflict, o, why)
	}
	b, err := v.people.Ask(v.r.Context(), v.actor, o)
	if err != nil {
		return err
	}
	if why.launch {
		if err := v.launched(); err != nil {
			return err
		}
	}
	v.goTo(batchAt(b.ID))
	return nil
}
