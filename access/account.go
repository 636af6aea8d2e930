package access

import "time"

// SetUp is what the first administrator says about the organisation and
// themselves when a cloud is started for the first time.
type SetUp struct {
	Organisation string
	Email        string
	Name         string
	Password     string
	Language     string // BCP 47; empty: the browser's
}

// APIToken is a credential for programs. It may do what its user may do, until
// it expires, is revoked, or the user is disabled. The secret itself is shown
// once, when the token is made, and never kept.
type APIToken struct {
	ID       string // names the token without giving it away
	User     UserID
	Name     string // what it is for, in the words of whoever made it
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time // to the minute; zero: never
}
