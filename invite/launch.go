package invite

import (
	"time"

	"muster/attendance"
)

// Launch is what there is to know of an organisation before everybody is invited.
type Launch struct {
	People    int // who have no active account and are not deactivated
	NoContact int // of these: neither an address nor a number
	SMSOnly   int // a number only
	Silent    int // who have never been asked, or are silent again
	Blocked   int // whose address is left alone
	NoCard    int // of everybody: no card that is good now or will be
	Languages []string
	Policy    Policy
	Templates map[TemplateKey]Template
	Sites     []LaunchSite
}

// LaunchSite is a site with people, and its tablets.
type LaunchSite struct {
	ID      attendance.SiteID
	Name    string
	People  int
	Tablets int       // that were not revoked
	Seen    time.Time // when one of them was last heard of; zero: never
}
