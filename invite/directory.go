package invite

import (
	"time"

	"muster/attendance"
)

// DirectoryPerson is a person as the company's own directory tells of them.
type DirectoryPerson struct {
	ID       attendance.ProfileID
	UserName string // one person's in the organisation, whatever its case
	// FirstName and LastName: one of them must be given.
	FirstName string
	LastName  string
	Language  string // en, de or ru; empty: the site's
	Contact   Contact
	// Active: works here. Who doesn't is turned away at tablets, has no account and
	// takes no seat; their punches stay.
	Active  bool
	Groups  []DirectoryGroup // ID and Name; read only
	Created time.Time        // read only, as is the next
	Changed time.Time
}

// GroupID names a group of a directory.
type GroupID string

// DirectoryGroup is a group of the company's directory. Where a Unit of its name is
// let in, its people are members at the unit's site.
type DirectoryGroup struct {
	ID         GroupID
	Name       string // one group's in the organisation, whatever its case
	ExternalID string
	Members    []DirectoryMember // by id; only where they were asked for
	People     int               // how many members it has
	Created    time.Time
	Changed    time.Time // later with each change, the members' too
}

// DirectoryMember is somebody in a group.
type DirectoryMember struct {
	ID   attendance.ProfileID
	Name string
}

// DirectoryChange is what is to become of a group.
type DirectoryChange struct {
	// Same is asked with the group, without its members, as it is at that moment; an
	// error leaves everything as it is. nil: whatever it is like. It may be called twice.
	Same func(DirectoryGroup) error
	// Name and ExternalID: nil leaves them.
	Name       *string
	ExternalID *string
	// Whole: nobody is in the group but those who are added.
	Whole  bool
	Add    []attendance.ProfileID
	Remove []attendance.ProfileID // who isn't in it is passed over
}

// DirectoryField is what a DirectoryQuery asks for.
type DirectoryField string

// The fields of people, and of groups.
const (
	DirectoryID         DirectoryField = "id"
	DirectoryUserName   DirectoryField = "user-name"
	DirectoryExternalID DirectoryField = "external-id"
	DirectoryEmail      DirectoryField = "email"
	DirectoryActive     DirectoryField = "active" // "true" or "false"
	DirectoryName       DirectoryField = "name"   // of a group
	DirectoryMemberID   DirectoryField = "member" // of a group
)

// DirectoryTerm holds for what has the value in the field.
type DirectoryTerm struct {
	Field DirectoryField
	Value string
}

// DirectoryQuery asks for people or groups for whom all terms hold.
type DirectoryQuery struct {
	Terms   []DirectoryTerm
	Offset  int
	Limit   int  // 0: none of them, only how many there are
	Members bool // of groups, too
}
