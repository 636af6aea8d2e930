package console

import (
	"time"

	"muster/attendance"
	"muster/invite"
)

// messageRow is one message to a person.
type messageRow struct {
	Kind     string // in words
	Channel  string
	To       string
	Sign     string
	Icon     string
	Words    string
	Why      string
	Detail   string
	When     *moment
	More     []datedWord
	Batch    string
	Attempts int
}

// heldBack is the block of a person's address, and whether it can be lifted.
type heldBack struct {
	blockRow
	Lift   bool
	Person string
}

// mostMessages is how many messages the profile of a person shows.
const mostMessages = 20

func (v *visit) history(m attendance.Member, zone *time.Location) ([]messageRow, error) {
	sent, err := v.people.Messages(v.r.Context(), v.actor, m.Profile.ID, mostMessages)
	if err != nil {
		return nil, err
	}
	rows := make([]messageRow, len(sent))
	for i, s := range sent {
		rows[i] = v.messageRow(s, zone)
	}
	return rows, nil
}

func (v *visit) messageRow(s invite.Record, zone *time.Location) messageRow {
	r := messageRow{
		Kind: v.text.Say("history.kind." + string(s.Event)), Channel: string(s.Channel), To: s.Address, Batch: string(s.Batch),
		Sign: deliverySigns[s.Delivery][0], Icon: deliverySigns[s.Delivery][1], Words: v.text.Say("invitation.delivery." + string(s.Delivery)),
		Detail: s.Detail, When: v.at(s.Created, zone),
	}
	if s.Channel == invite.Handout && s.Delivery == invite.Delivered {
		r.Words = v.text.Say("invitation.handed-out")
	}
	if s.Reason != "" {
		r.Why = v.text.Say("invitation.reason." + string(s.Reason))
	}
	if s.Attempts > 1 {
		r.Attempts = s.Attempts
	}
	expires := s.Expires
	if s.Ended {
		expires = time.Time{}
	}
	for _, d := range []datedWord{
		{v.text.Say("history.sent"), v.at(s.At, zone)},
		{v.text.Say("history.delivered"), v.at(s.Delivered, zone)},
		{v.text.Say("history.opened"), v.at(s.Opened, zone)},
		{v.text.Say("history.expires"), v.at(expires, zone)},
	} {
		if d.When != nil && s.Channel != invite.Handout || d.When != nil && d.Words == v.text.Say("history.expires") {
			r.More = append(r.More, d)
		}
	}
	return r
}
