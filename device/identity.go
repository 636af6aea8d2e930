package device

import (
	"time"

	"muster/attendance"
)

// Identity is who an activated tablet is. It comes with the certificate.
type Identity struct {
	Device attendance.DeviceID
	Org    attendance.OrgID
	Site   attendance.SiteID
	Name   string   // as the manager called it: "Gate 2"
	MQTT   []string // addresses of the cloud's MQTT edges, "host:port"
}

// Settings is what a site has chosen for its tablets. It arrives on the feed.
type Settings struct {
	Org        string // name of the organisation
	Site       string // name of the site
	Device     string // name of this tablet; empty: the feed doesn't say
	TimeZone   string // IANA name
	Language   string // BCP 47
	CardKey    attendance.CardKey
	ResultTime time.Duration // how long a receipt stays on the screen
	Debounce   time.Duration // the same card within this time is one tap
	Offline    attendance.Offline // what happens to taps without a line; empty: they count
}

// The times that hold until a site has set its own.
const (
	DefaultResultTime = 3 * time.Second
	DefaultDebounce   = 3 * time.Second
)

// Location returns the site's time zone, or UTC where it is unknown.
func (s Settings) Location() *time.Location {
	return attendance.Site{TimeZone: s.TimeZone}.Location()
}
