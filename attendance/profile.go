package attendance

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Profile is a person in the roster.
type Profile struct {
	ID        ProfileID
	Number    string // the Muster ID, unique in the organisation; what a person can say and type
	FirstName string
	LastName  string
	Language  string // BCP 47; empty: the site's
	Photo     string // SHA-256 of the JPEG in hexadecimal; empty: none
	Blocked   bool   // may not punch
	JoinWaits bool   // is asked to join the organisation and hasn't answered; punches all the same
	// Invitation is how they stand there; nil: they were never asked, or whoever
	// tells takes no answers. It is replaced, never changed.
	Invitation *Invitation
	// Pending is how far the activation of their account is; nil: it isn't to come, or
	// whoever tells takes no orders. It is replaced, never changed.
	Pending *Pending
	// Manager is the account of the console that is theirs, as far as tablets need to
	// know; nil: none. It is replaced, never changed.
	Manager *Manager
}

// Pending is how far somebody is whose activation is still to come, as far as
// tablets need to know: enough to foresee what an order of a message would do.
type Pending struct {
	Account    string    // an invite.Account
	Delivery   string    // an invite.Delivery; "sent" for what has arrived, too
	Membership string    // an invite.Membership
	Last       time.Time // when the latest message that counts left or was ordered; zero: never
	Channel    string    // an invite.Channel: how a message would get to them
	Reason     string    // an invite.Reason, where none would
	Blocked    bool      // the address is left alone until an admin lifts that
	Order      string    // id of the newest order at a tablet that the cloud has dealt with; empty: none
	Fate       string    // what became of that for them, an invite.Fate
	Dealt      time.Time // when the cloud dealt with it
}

// Manager is what an account of the console may do at tablets.
type Manager struct {
	User  string   // an access.UserID
	Role  string   // an access.Role
	Sites []SiteID // that it is confined to, of those that its person belongs to
}

// Invitation is how somebody stands who was asked to join an organisation, as far
// as tablets need to know.
type Invitation struct {
	Open     bool      // a yes is possible, and unless they declined a no
	Declined bool      // they said no; a yes counts all the same
	Asked    time.Time // names the question: when it was put, or declined
	Answer   string    // id of the newest answer at a tablet that the cloud has dealt with; empty: none
	Outcome  string    // what became of that answer, an invite.AnswerOutcome
}

// Name returns first and last name as one, for showing.
func (p Profile) Name() string {
	return strings.TrimSpace(p.FirstName + " " + p.LastName)
}

// Initials returns the first letter of the first and the last name in upper
// case, or "?" for a person without a name.
func (p Profile) Initials() string {
	var b strings.Builder
	for _, part := range []string{p.FirstName, p.LastName} {
		r, _ := utf8.DecodeRuneInString(strings.TrimSpace(part))
		if r != utf8.RuneError {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	if b.Len() == 0 {
		return "?"
	}
	return b.String()
}

// Organisation is the tenant: people, sites and tablets belong to exactly one.
type Organisation struct {
	ID   OrgID
	Name string
	// SetBack is since when tablets know of more than the cloud, which was restored
	// from a backup that nobody has told it of; zero: they don't.
	SetBack time.Time
	// WrongClocks are the replicas of the cloud that take no tablets for that reason.
	WrongClocks []WrongClock
}

// WrongClock is a part of the cloud whose clock is far from the others'.
type WrongClock struct {
	Name string
	Off  time.Duration // ahead; below 0: behind
}

// Site is a place of work with a clock of its own.
type Site struct {
	ID       SiteID
	Org      OrgID
	Name     string
	TimeZone string  // IANA name, such as Europe/Berlin
	Language string  // BCP 47; what the kiosk speaks until somebody chooses otherwise
	Offline  Offline // what its tablets do with taps while they have no line; empty: allowed
}

// Location returns the site's time zone, or UTC where the name is unknown to
// this machine: a wrong zone on a screen is better than no screen.
func (s Site) Location() *time.Location { return Location(s.TimeZone) }

// Location returns the time zone of an IANA name as it is kept with a site or a
// punch, or UTC where this machine doesn't know it.
func Location(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}
