package invite

import (
	"time"

	"muster/attendance"
)

// Addition tells how somebody got where their membership stands. Names are stored
// and sent: never rename one.
type Addition string

const (
	// AddedNew: nobody had an account of that address; claiming it is their yes.
	AddedNew Addition = "new"
	// AddedAtOnce: an organisation admin added somebody who has an account.
	AddedAtOnce Addition = "at-once"
	// AddedAsking: somebody else did, so the person was asked.
	AddedAsking Addition = "invitation"
	// AddedSelf: the person came in by a link, a key or the address's domain.
	AddedSelf Addition = "self"
)

// Additions lists all of them.
var Additions = []Addition{AddedNew, AddedAtOnce, AddedAsking, AddedSelf}

// Limited tells whether the person is to see nothing of the organisation but its
// name: asked, and not said yes, or said no. A punch is taken all the same.
func (m Membership) Limited() bool { return m == Asked || m == Rejected }

// Seated tells whether the person takes a seat: a member, or asked to be one.
func (s State) Seated() bool { return s.Membership == Asked || s.Membership == Accepted }

// Standing is one organisation of a person, as that person sees it.
type Standing struct {
	Self         Self
	Organisation string
	State        State
	Way          Way // by which they were added; empty: by hand
	Added        Addition
	Since        time.Time // when the membership last changed; zero: long ago
	Current      bool      // the one that the person is signed in to
}

// Waits tells whether the person is asked for a yes or a no.
func (s Standing) Waits() bool { return s.State.Membership == Asked }

// Opens tells whether the person can go there.
func (s Standing) Opens() bool {
	return s.State.Membership == Accepted && s.State.Account != Deactivated
}

// Entrance is what a join link or key leads into, before anybody joins by it.
type Entrance struct {
	Organisation string
	Way          Way // ByLink or ByKey
	Refused      Reason
	// Member tells that whoever asks is in already.
	Member bool
}

// JoinCode is an organisation's join link or join key.
type JoinCode struct {
	Way     Way    // ByLink or ByKey
	Code    string // the secret; a key is as FormatCode shows it
	Site    attendance.SiteID
	Uses    int       // people who came in by it
	Created time.Time // when it was drawn
	Expires time.Time // zero: never
}

// Good tells whether the code lets anybody in at a moment, where its way is on.
func (c JoinCode) Good(now time.Time) bool {
	return c.Code != "" && (c.Expires.IsZero() || now.Before(c.Expires))
}

// Proof is how control of a domain is shown.
type Proof string

const (
	// ProofDNS: a TXT record of the domain.
	ProofDNS Proof = "dns"
	// ProofMail: a code that was sent to whoever runs the domain.
	ProofMail Proof = "mail"
)

// Domain is a domain of mail addresses that an organisation has, or says it has.
type Domain struct {
	Name     string // in ASCII, lower case
	Record   string // the TXT record that proves it
	Verified time.Time
	MailedTo string    // where the latest code went; empty: none was sent
	Until    time.Time // until when that code is good
}

// Unit is a group of the company's directory whose people are members.
type Unit struct {
	Name   string
	Site   attendance.SiteID
	People int
}

// Access is what an organisation sees of its licence and the ways in.
type Access struct {
	Licence Licence
	Taken   int // seats
	Limited int // of these: asked, and not answered
	On      map[Way]bool
	Codes   map[Way]JoinCode
	Domains []Domain
	Units   []Unit
	Outside []Unit // groups that the directory told of and that aren't let in
}

// Open tells whether people come in by a way: the licence has it and the
// organisation has switched it on.
func (a Access) Open(w Way) bool { return a.Licence.Type.Fits(w) != NotAllowed && a.On[w] }

// The reasons why somebody isn't let in. Names are sent, and keys of sentences in
// three languages: never rename one.
const (
	// NoSeat: the licence's seats are all taken.
	NoSeat Reason = "no-seat"
	// LicenceOver: the licence has expired.
	LicenceOver Reason = "licence-expired"
	// WayClosed: the licence doesn't have this way in, or the organisation has
	// switched it off.
	WayClosed Reason = "way-closed"
)

// Refuses returns why n more people can't be let in beside those who have a seat;
// empty: they can.
func (l Licence) Refuses(taken, n int, now time.Time) Reason {
	switch {
	case l.Room(taken, n, now):
		return ""
	case !l.Expires.IsZero() && !now.Before(l.Expires):
		return LicenceOver
	default:
		return NoSeat
	}
}

// Admission is what becomes of somebody who is added.
type Admission struct {
	Membership Membership
	Added      Addition
	Refused    Reason // empty: let in
}

// Admission decides it: now is how the person stands in the organisation, byAdmin
// who adds, hasAccount whether the address is that of an account elsewhere. Seats
// are the caller's to count.
func (m Membership) Admission(byAdmin, hasAccount bool) Admission {
	e := Added(byAdmin, hasAccount)
	if m == Rejected && !byAdmin {
		e = Ask // they said no; nobody but an admin overrules that
	}
	next, err := Next(State{Account: Active, Delivery: None, Membership: m}, e)
	if err != nil { // already a member: nothing changes
		return Admission{Membership: m}
	}
	a := Admission{Membership: next.Membership, Added: AddedNew}
	switch {
	case e == Ask:
		a.Added = AddedAsking
	case hasAccount:
		a.Added = AddedAtOnce
	}
	if m == Accepted {
		a.Added = "" // as it was
	}
	return a
}

// RosterEntry is one person of a list that another system keeps.
type RosterEntry struct {
	Contact   Contact // with an ExternalID
	FirstName string
	LastName  string
	Language  string
	Sites     []attendance.SiteID
	Unit      string // of the directory; empty: the list is no directory
}

// RosterSync says how a list that another system keeps is taken in.
type RosterSync struct {
	// Whole tells that the list is all of it: who came by an earlier one and is
	// missing is removed from the roster. Only an organisation admin may.
	Whole bool
	// Meant tells that so many may really be missing.
	Meant bool
}

// RosterOutcome is what became of one entry of a list.
type RosterOutcome struct {
	ExternalID string
	Profile    attendance.ProfileID // empty: there is none
	Effect     Effect
	Membership Membership
	Added      Addition
	Refused    Reason // of EntryRefused
	Field      string // of BadField: which one
}

// Effect says in a word what became of an entry. Names are sent: never rename
// one.
type Effect string

const (
	// EntryCreated: a new person.
	EntryCreated Effect = "created"
	// EntryUpdated: a person who was here has changed.
	EntryUpdated Effect = "updated"
	// EntryUnchanged: nothing was to do.
	EntryUnchanged Effect = "unchanged"
	// EntryRemoved: no longer on the list, so no longer here.
	EntryRemoved Effect = "removed"
	// EntryRefused: nothing was done, see the reason.
	EntryRefused Effect = "refused"
)

// BadField is the reason of an entry that was refused because a field can't be read, or collides with somebody else's.
const BadField Reason = "malformed"
