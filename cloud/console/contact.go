package console

import (
	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// contactOf reads how somebody can be reached, and notes what can't be. A
// suggestion that was pressed stands for what was typed.
func (v *visit) contactOf(f *form) (invite.Contact, error) {
	for _, field := range []string{"email", "phone"} {
		if use := f.Get("use_" + field); use != "" {
			f.Set(field, use)
		}
	}
	c := invite.Contact{Email: f.Get("email"), Phone: f.Get("phone"), ExternalID: f.Get("external_id")}
	if v.contacts == nil {
		return c, nil
	}
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return c, err
	}
	var refusal *invite.Refusal
	if c.Email != "" {
		c.Email, refusal = v.contacts.Email(c.Email)
		f.Refuse("email", refusal)
	}
	if c.Phone != "" {
		c.Phone, refusal = v.contacts.Phone(c.Phone, policy.Region)
		f.Refuse("phone", refusal)
	}
	return c, nil
}

// newContactOf is contactOf for somebody who isn't added yet: an external ID that
// another has is noticed before anything is stored.
func (v *visit) newContactOf(f *form) (invite.Contact, error) {
	c, err := v.contactOf(f)
	if err != nil || c.ExternalID == "" {
		return c, err
	}
	page, err := v.people.Invitations(v.r.Context(), v.actor, invite.Query{Filter: invite.Filter{ExternalID: c.ExternalID}, Limit: 100})
	if err := f.Take(err); err != nil {
		return c, err
	}
	for _, p := range page.People {
		if p.Contact.ExternalID == c.ExternalID {
			f.Reject("external_id", access.Taken)
		}
	}
	return c, nil
}

// saveContact stores a contact, where the form had one.
func (v *visit) saveContact(id attendance.ProfileID, f *form, c invite.Contact) error {
	if !f.Values.Has("email") && !f.Values.Has("phone") && !f.Values.Has("external_id") {
		return nil
	}
	return v.people.SetContact(v.r.Context(), v.actor, id, c)
}

// addInvitation tells of a person's account and what can be done about it.
func (v *visit) addInvitation(p *employeePage, m attendance.Member, sites []attendance.Site) error {
	person, err := v.people.Invitation(v.r.Context(), v.actor, m.Profile.ID)
	if err != nil {
		return err
	}
	for field, value := range map[string]string{"email": person.Contact.Email, "phone": person.Contact.Phone, "external_id": person.Contact.ExternalID} {
		if !p.Values.Has(field) { // another form of the page was sent, or none
			p.Set(field, value)
		}
	}
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	p.Invitation = v.invitationRow(person, policy, sites)
	if person.Blocked.Address != "" {
		p.Invitation.Detail = "" // stands with the block
	}
	zone := zoneOfMember(sites, m)
	for _, c := range person.Changes {
		p.Waiting = append(p.Waiting, waitingContact{c.Address, v.at(c.Asked, zone)})
	}
	if p.Messages, err = v.history(m, zone); err != nil {
		return err
	}
	if b := person.Blocked; b.Address != "" {
		p.Held = &heldBack{
			blockRow: blockRow{b.Address, v.text.Say("invitation.reason." + string(b.Reason)), b.Detail, v.at(b.Since, zone)},
			Lift:     v.actor.May(access.ManageSites), Person: string(m.Profile.ID),
		}
	}
	for _, d := range []datedWord{
		{v.text.Say("invitation.date.asked"), v.at(person.Asked, zone)},
		{v.text.Say("invitation.date.chased"), v.at(person.Chased, zone)},
		{v.text.Say("invitation.date.opened"), v.at(person.Opened, zone)},
		{v.text.Say("invitation.date.active"), v.at(person.Active, zone)},
	} {
		if d.When != nil {
			p.Dates = append(p.Dates, d)
		}
	}
	return nil
}
