package console

import (
	"context"
	"slices"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// memberships are how people belong to the organisation.
type memberships interface {
	Memberships(ctx context.Context, actor access.Actor, people []attendance.ProfileID) (map[attendance.ProfileID]invite.Admission, error)
	AddAgain(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Admission, error)
	AddMember(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID, c invite.Contact, way invite.Way) (attendance.Profile, invite.Admission, error)
}

// belonging is how somebody belongs to the organisation, for showing.
type belonging struct {
	Membership string
	How        string // an invite.Addition; empty: nobody knows
	Sign       string // of a state; empty: none
}

// signs of memberships. Somebody who is known only has none.
var belongingSigns = map[invite.Membership]string{invite.Accepted: "accept", invite.Asked: "wait", invite.Rejected: "refuse"}

func belongingOf(a invite.Admission) belonging {
	b := belonging{Membership: string(a.Membership), How: string(a.Added), Sign: belongingSigns[a.Membership]}
	if a.Membership == invite.Outside {
		b.How = ""
	}
	return b
}

// belongings are those of members, in their order.
func (v *visit) belongings(members []attendance.Member) ([]belonging, error) {
	ids := make([]attendance.ProfileID, len(members))
	for i, m := range members {
		ids[i] = m.Profile.ID
	}
	found, err := v.people.Memberships(v.r.Context(), v.actor, ids)
	if err != nil {
		return nil, err
	}
	all := make([]belonging, len(members))
	for i, id := range ids {
		all[i] = belongingOf(found[id])
	}
	return all, nil
}

// countedMemberships says how many of the people who match the search stand how;
// nil where all of them are members.
func (v *visit) countedMemberships(query attendance.MemberQuery) ([]choice, error) {
	if !slices.Contains(invite.Memberships, invite.Membership(query.Membership)) {
		query.Membership = ""
	}
	counted := []choice{{Label: v.text.Say("belonging.all"), Chosen: query.Membership == ""}}
	for _, m := range []invite.Membership{invite.Accepted, invite.Asked, invite.Rejected, invite.Outside} {
		counted = append(counted, choice{Value: string(m), Label: v.text.Say("belonging." + string(m)), Chosen: query.Membership == string(m)})
	}
	for i := range counted {
		page, err := v.people.Members(v.r.Context(), v.actor, attendance.MemberQuery{Text: query.Text, Site: query.Site, Membership: counted[i].Value, Limit: 1})
		if err != nil && !isInvalid(err, "text") {
			return nil, err
		}
		counted[i].Count = page.Total
	}
	if query.Membership == "" && counted[1].Count == counted[0].Count {
		return nil, nil
	}
	return counted, nil
}

// addedWords says what became of somebody who was added: a member at once, or
// asked.
func addedWords(d invite.Admission, invited bool) string {
	switch {
	case d.Membership == invite.Asked:
		return "employee.added-asked"
	case d.Added == invite.AddedAtOnce:
		return "employee.added-at-once"
	case invited:
		return "employee.added-invited"
	default:
		return "employee.added"
	}
}

// addAgain asks somebody anew who said no, or makes them a member where an
// organisation admin wants it.
func (v *visit) addAgain() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	f := newForm()
	d, err := v.people.AddAgain(v.r.Context(), v.actor, m.Profile.ID)
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.done("belonging.no-room", employeeAt(m)+"#membership")
	}
	if d.Membership == invite.Asked {
		return v.done("belonging.asked-again", employeeAt(m))
	}
	return v.done("belonging.added-again", employeeAt(m))
}
