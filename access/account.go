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
	Scopes   []Scope   // what it is confined to; none: to nothing
	// AutoInvite: people whom it creates are invited at once.
	AutoInvite bool
}

// Provisions tells whether people can be created with the token, so that there is
// something to invite.
func (t APIToken) Provisions() bool { return Actor{Scopes: t.Scopes}.HasScope(ScopeAccountsManage) }

// TokenTerms is what somebody asks of a new token.
type TokenTerms struct {
	Name       string
	Expires    time.Time // zero: never
	Scopes     []Scope   // none: everything that the user may
	AutoInvite *bool     // nil: as the organisation decided
}
