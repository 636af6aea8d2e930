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
	// ContactCode carries the code by which somebody shows that an address or a number
	// that they wrote into their own data is theirs.
	ContactCode NoticeKind = "contact-code"
	// ContactWarning tells whoever reads the address before that it is about to be
	// replaced.
	ContactWarning NoticeKind = "contact-warning"
)

// Notice is such a mail that has not left yet. Its secret is drawn anew for each
// try, and kept as a hash only.
type Notice struct {
	Kind     NoticeKind
	Org      attendance.OrgID
	Subject  string // the entry's ID, the domain, the ContactChange's ID, or the profile
	To       string // an email address, or a number in E.164
	About    string // of a ContactWarning: enough of what is to replace To to know it again
	Language string // BCP 47
	Secret   string // of this try
	Attempt  int    // from 1
	Asked    time.Time
}
