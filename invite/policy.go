package invite

import "time"

// Policy is what an organisation has decided about inviting.
type Policy struct {
	// EmailOnly: nobody gets an SMS, even where there is no address.
	EmailOnly bool
	// SMS: there is a provider, and the organisation uses it.
	SMS bool
	// Region is the country whose code is suggested for numbers without one
	// (ISO 3166-1, two letters).
	Region string
	// InviteSingles: a profile that somebody creates by hand is invited at once.
	// Otherwise everybody stays silent until asked.
	InviteSingles bool
	// InviteProvisioned: profiles that an integration creates are invited at once.
	InviteProvisioned bool
	// Details and Photo are the steps between claiming and active.
	Details, Photo bool
	// Life is how long a link is good; HandoutLife the same for a code that is given
	// by hand. Both between an hour and 90 days.
	Life, HandoutLife time.Duration
	// FaceID: people may be asked for a face reference, and give one. Off, none is kept.
	FaceID bool
	// Launched is when everybody was first invited; zero: not yet.
	Launched time.Time
}

// DefaultPolicy is what an organisation begins with: silence.
var DefaultPolicy = Policy{Region: "DE", Details: true, Life: 14 * 24 * time.Hour, HandoutLife: 30 * 24 * time.Hour}

// Channel returns the way by which somebody is reached, or the reason why nobody
// can.
func (p Policy) Channel(c Contact) (Channel, Reason) {
	switch {
	case c.Email != "":
		return Email, ""
	case c.Phone == "":
		return Handout, NoContact
	case p.EmailOnly:
		return Handout, EmailOnly
	case !p.SMS:
		return Handout, NotConfigured
	default:
		return SMS, ""
	}
}

// Steps are what is left to do between claiming and active.
type Steps struct {
	Password bool // a password of one's own must be chosen
	Details  bool
	Photo    bool
}

// Done tells whether nothing is left.
func (s Steps) Done() bool { return s == Steps{} }
