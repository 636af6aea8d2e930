package access

import (
	"time"

	"muster/attendance"
)

// AuditEntry says who did what, when, from where, and to whom.
type AuditEntry struct {
	ID       int64
	At       time.Time
	User     UserID // empty: the cloud itself
	UserName string // empty: the account is gone
	Origin
	Action  string // such as "hand-out"; a key of sentences
	Subject string // what it was done to: an id, or words such as "invite email de"

	Person       attendance.ProfileID // to whom; empty: to nobody in particular
	PersonName   string
	PersonNumber string
}

// AuditQuery asks for a page of the audit log, newest first. What is empty or
// zero doesn't narrow it.
type AuditQuery struct {
	User     UserID
	Action   string
	Person   attendance.ProfileID
	From, To time.Time // From is inclusive, To is not
	Before   string    // AuditPage.Next of the page before
	Limit    int       // 1 to 1000; 0: 50
}

// AuditPage is one page of the audit log.
type AuditPage struct {
	Entries []AuditEntry
	Next    string // for the page after; empty: this is the last
}
