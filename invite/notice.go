package invite

import (
	"time"

	"muster/attendance"
)

// NoticeKind is what a mail is about that invites nobody. Names are stored: never
// rename one.
type NoticeKind string

const (
	// EntryNotice carries the link by which somebody without an account comes in.
	EntryNotice NoticeKind = "entry"
	// DomainNotice carries the code by which an organisation shows that a domain is
	// its own.
	DomainNotice NoticeKind = "domain-code"
	// FaceNotice tells somebody whose account is active that they are asked for a face
	// reference. There is no secret in it.
	FaceNotice NoticeKind = "face-id"
)

// Notice is such a mail that has not left yet. Its secret is drawn anew for each
// try, and kept as a hash only.
type Notice struct {
	Kind     NoticeKind
	Org      attendance.OrgID
	Subject  string // the entry's ID, the domain, or the profile
	To       string
	Language string // BCP 47
	Secret   string // of this try
	Attempt  int    // from 1
	Asked    time.Time
}
