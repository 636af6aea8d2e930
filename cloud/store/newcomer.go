package store

import (
	"muster/invite"
	"muster/sync/wire"
)

// newcomer returns how far somebody is whom a list adds, as pending says of those who
// are here, and the text of pendingKey: a hundred thousand of them aren't read back.
func (l *lookout) newcomer(c invite.Contact, m invite.Membership) (*wire.Pending, string) {
	if m != invite.Asked && m != invite.Accepted {
		return nil, ""
	}
	way, address := "", c.Email
	switch {
	case c.Email != "":
		way = "email"
	case c.Phone != "":
		way, address = "phone", c.Phone
	}
	channel, why := l.policy.Channel(c)
	return &wire.Pending{
		Account: string(invite.Inactive), Delivery: string(invite.None), Membership: string(m), Channel: string(channel), Reason: string(why), AddressBlocked: l.blocked[address],
	}, string(invite.Inactive) + "/" + string(invite.None) + "/" + string(m) + "/0/" + way + "/"
}
