package invite

import "time"

// LicenceType is what kind of licence an organisation has. Names are stored:
// never rename one.
type LicenceType string

const (
	// Trial: to try it out, for a small group.
	Trial LicenceType = "trial"
	// Team: one company, people added by hand or by file.
	Team LicenceType = "team"
	// Enterprise: a company whose own directory or HR system says who works there.
	Enterprise LicenceType = "enterprise"
	// Education: a school or university, whose roster changes with the term.
	Education LicenceType = "education"
)

// LicenceTypes lists all of them.
var LicenceTypes = []LicenceType{Trial, Team, Enterprise, Education}

// Licence is what an organisation may use.
type Licence struct {
	Type    LicenceType
	Seats   int       // people who may be members at once; 0: any number
	Expires time.Time // zero: never
}

// Room tells whether n more people fit beside those who have a seat, at a moment.
func (l Licence) Room(taken, n int, now time.Time) bool {
	if !l.Expires.IsZero() && !now.Before(l.Expires) {
		return false
	}
	return l.Seats == 0 || taken+n <= l.Seats
}

// Way is how somebody becomes a member. Names are stored, sent, and keys of
// sentences and guides: never rename one.
type Way string

const (
	// ByDirectory: a unit of the company's directory.
	ByDirectory Way = "directory"
	// ByDomain: everybody with an address of a verified domain.
	ByDomain Way = "domain"
	// ByFile: a csv or xlsx upload.
	ByFile Way = "file"
	// ByAddress: one email address after the other.
	ByAddress Way = "email"
	// ByRoster: another system keeps the list over the API.
	ByRoster Way = "roster"
	// ByAssignment: whoever is first assigned to a site.
	ByAssignment Way = "assignment"
	// ByLink: whoever has the link.
	ByLink Way = "link"
	// ByKey: whoever knows the key.
	ByKey Way = "key"
)

// Ways lists all of them, in the order in which they are shown.
var Ways = []Way{ByDirectory, ByDomain, ByFile, ByAddress, ByRoster, ByAssignment, ByLink, ByKey}

// Fit says how a way suits a licence.
type Fit int

const (
	// NotAllowed: the licence doesn't have it.
	NotAllowed Fit = iota
	// Discouraged: possible; but whoever gets hold of it is in.
	Discouraged
	// Allowed: it works.
	Allowed
	// Recommended: what it was made for.
	Recommended
)

// fits is the one table of which way suits which licence.
var fits = map[LicenceType]map[Way]Fit{
	Trial:      {ByFile: Allowed, ByAddress: Recommended, ByAssignment: Allowed, ByLink: Discouraged, ByKey: Discouraged},
	Team:       {ByDomain: Allowed, ByFile: Recommended, ByAddress: Recommended, ByAssignment: Allowed, ByLink: Discouraged, ByKey: Discouraged},
	Enterprise: {ByDirectory: Recommended, ByDomain: Allowed, ByFile: Allowed, ByAddress: Allowed, ByRoster: Recommended, ByAssignment: Allowed, ByLink: Discouraged, ByKey: Discouraged},
	Education:  {ByDirectory: Allowed, ByDomain: Recommended, ByFile: Allowed, ByAddress: Allowed, ByRoster: Recommended, ByAssignment: Allowed, ByLink: Discouraged, ByKey: Discouraged},
}

// Fits tells how a way suits a licence of a type.
func (t LicenceType) Fits(w Way) Fit { return fits[t][w] }

// Added returns what happens to the membership of somebody who is added: an
// organisation admin's addition takes effect at once; anybody else's asks a person
// who has an account already, and admits one who has none, because claiming the
// account is their yes.
func Added(byAdmin, hasAccount bool) Event {
	if byAdmin || !hasAccount {
		return Admit
	}
	return Ask
}
