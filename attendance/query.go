package attendance

import "time"

// Member is a person with everything the roster holds about them.
type Member struct {
	Profile Profile
	Sites   []SiteID
	Cards   []Card // newest first, ended ones too
}

// MemberQuery asks for a page of people, ordered by last name, first name, id.
type MemberQuery struct {
	Text  string // in first name, last name or number; empty: everybody
	Site  SiteID // empty: every site within reach
	After string // Cursor of the page before; empty: the first page
	Limit int    // 1 to 500; 0: 50

	Membership string // name of an invite.Membership; empty: any
}

// MemberPage is one page of people.
type MemberPage struct {
	Members []Member
	Total   int    // how many match, over all pages
	Next    string // Cursor for the page after; empty: this is the last
}

// Entry is a punch with the names that a list of punches shows.
type Entry struct {
	Punch      Punch
	Name       string
	Number     string
	Photo      string
	SiteName   string
	TimeZone   string
	DeviceName string
	Received   time.Time // when the cloud had it; long after Punch.At when the tablet was offline
	DecidedBy  string    // the name of the user who approved or rejected it
	Decided    time.Time // when; zero: nobody did
}

// Refusal is a tap that was refused, as the console lists it.
type Refusal struct {
	ID         string
	Reason     Reason
	Card       CardID    // empty when the tap gave no usable number
	Profile    ProfileID // empty when nobody is known by it
	Name       string
	Site       SiteID
	SiteName   string
	TimeZone   string
	DeviceName string
	At         time.Time
}

// LogQuery asks for a page of punches or refusals, newest first.
type LogQuery struct {
	Site    SiteID    // empty: every site within reach
	Profile ProfileID // empty: everybody
	From    time.Time // inclusive; zero: from the beginning
	To      time.Time // exclusive; zero: no end
	Before  string    // Cursor of the page before; empty: the newest
	Limit   int       // 1 to 1000; 0: 50

	Approval Approval // of punches: only those that stand so; ApprovalNone: however they stand
	Through  PunchID  // with Approval: only what the cloud had when it had this one; empty: all. No clock has a say in it
}
