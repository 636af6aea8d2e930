package console

import (
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// invitationRow is a person with where the invitation stands and what can be done
// about it now.
type invitationRow struct {
	*person
	Sites      string
	Email      string
	Phone      string
	ExternalID string

	Status  string // invite.Status
	Invited bool   // whatever became of the message
	Sign    string // the shape of one of the four states, or empty: Icon
	Icon    string
	Words   string
	More    []string // what is known beyond the status, such as why
	Detail  string   // the provider's own words
	When    *moment  // of the last thing that is known
	Until   *moment  // when the link or code ends

	Can     string  // "invite", "chase", "wait" (see Again), "hand", "lift" or empty
	Again   *moment // when a chase is possible again
	HandOut bool    // a code can be given by hand
	Revoke  bool
	End     bool // the account can be deactivated
	Revive  bool // and made silent again
	Reset   bool // a new code can be given to somebody who can't sign in
}

// statusSigns says which shape or icon stands for a status.
var statusSigns = map[invite.Status][2]string{
	invite.NotInvited: {"", "circle-dashed"}, invite.Waiting: {"wait", ""}, invite.Pending: {"", "send"},
	invite.Problem: {"refuse", ""}, invite.Activated: {"accept", ""}, invite.Ended: {"", "ban"},
}

func (v *visit) invitationRow(p invite.Person, policy invite.Policy, sites []attendance.Site) invitationRow {
	zone := zoneOfMember(sites, attendance.Member{Sites: p.Sites})
	status := p.State.Status()
	r := invitationRow{
		person: personOf(p.Profile), Sites: siteNames(sites, p.Sites),
		Email: p.Contact.Email, Phone: p.Contact.Phone, ExternalID: p.Contact.ExternalID,
		Status: string(status), Invited: p.State.Invited(), Sign: statusSigns[status][0], Icon: statusSigns[status][1],
		Words: v.text.Say("invitation.stands." + string(status)), Detail: p.Detail,
	}
	v.tellState(&r, p, status, zone)
	v.tellActions(&r, p, policy, zone)
	return r
}

// tellState says in words how far a message has come.
func (v *visit) tellState(r *invitationRow, p invite.Person, status invite.Status, zone *time.Location) {
	more := func(key string) { r.More = append(r.More, v.text.Say(key)) }
	switch status {
	case invite.NotInvited:
		if p.State.Delivery == invite.Declined || p.State.Delivery == invite.Revoked {
			more("invitation.delivery." + string(p.State.Delivery))
			r.When = v.at(p.Asked, zone)
		}
	case invite.Pending:
		switch {
		case p.State.Account == invite.Claiming:
			more("invitation.claiming")
		case p.Channel == invite.Handout:
			more("invitation.handed-out")
		default:
			more("invitation.delivery." + string(p.State.Delivery))
			if p.Reason == invite.PerhapsSent {
				more("invitation.reason." + string(p.Reason))
			}
		}
		r.When, r.Until = v.at(p.Asked, zone), v.at(p.Expires, zone)
		if p.State.Delivery == invite.Opened && !p.Opened.IsZero() {
			r.When = v.at(p.Opened, zone)
		}
	case invite.Waiting:
		r.When = v.at(p.Asked, zone)
	case invite.Problem:
		if p.Reason != "" {
			more("invitation.reason." + string(p.Reason))
		} else {
			more("invitation.delivery." + string(p.State.Delivery))
		}
		r.When = v.at(p.Asked, zone)
		if p.State.Delivery == invite.Expired {
			r.When = v.at(p.Expires, zone)
		}
	case invite.Activated:
		r.When = v.at(p.Active, zone)
	}
	if p.Blocked.Address != "" && p.Reason != invite.AddressBlocked && p.Reason != p.Blocked.Reason && p.State.Pending() {
		more("invitation.reason." + string(invite.AddressBlocked))
	}
}

// tellActions says what whoever reads may do about it.
func (v *visit) tellActions(r *invitationRow, p invite.Person, policy invite.Policy, zone *time.Location) {
	if !v.actor.May(access.ManageRoster) {
		return
	}
	can := func(e invite.Event) bool {
		_, err := invite.Next(p.State, e)
		return err == nil
	}
	r.HandOut, r.Revoke, r.End, r.Revive = can(invite.HandOut), can(invite.Revoke), can(invite.Deactivate), can(invite.Reactivate)
	r.Reset = can(invite.Reset)
	r.HandOut = r.HandOut && p.State.Seated()
	again := p.Chases.Again(v.now())
	event, ask := p.State.Ask()
	_, why := policy.Channel(p.Contact)
	switch {
	case p.Blocked.Address != "" && p.State.Pending():
		r.Can = "lift"
	case ask && why != "" && r.HandOut:
		r.Can = "hand"
	case ask && event == invite.Chase && !again.IsZero():
		r.Can, r.Again = "wait", v.at(again, zone)
	case ask:
		r.Can = string(event)
	}
}
