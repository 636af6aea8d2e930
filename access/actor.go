package access

import (
	"slices"
	"time"

	"muster/attendance"
)

// UserID names an account of the console or the API.
type UserID string

// Actor is on whose behalf something is asked. The zero Actor may do nothing.
type Actor struct {
	User  UserID
	Org   attendance.OrgID
	Role  Role
	Sites []attendance.SiteID // the sites a SiteManager or Viewer is confined to; ignored for an OrgAdmin

	Scopes     []Scope // what the token is confined to; none: nothing, or there is no token
	AutoInvite bool    // people whom the token creates are invited at once
	Origin     Origin  // for the audit log
}

// May tells whether the actor holds a permission anywhere in the organisation.
func (a Actor) May(p Permission) bool {
	return a.Org != "" && slices.Contains(granted[a.Role], p) && leaves(a.Scopes, p)
}

// Everywhere tells whether the actor is confined to no site.
func (a Actor) Everywhere() bool { return a.Org != "" && a.Role == OrgAdmin }

// Sees tells whether the actor's reach includes a site of the organisation.
func (a Actor) Sees(site attendance.SiteID) bool {
	return a.Everywhere() || a.Org != "" && slices.Contains(a.Sites, site)
}

// At returns the actor confined to one site: what somebody does at a tablet
// concerns the people of the tablet's site. Out of reach, that is nobody.
func (a Actor) At(site attendance.SiteID) Actor {
	if !a.Sees(site) {
		return Actor{}
	}
	if a.Role == OrgAdmin {
		a.Role = SiteManager
	}
	a.Sites = []attendance.SiteID{site}
	return a
}

// Require returns ErrForbidden unless the actor holds the permission.
func (a Actor) Require(p Permission) error {
	if !a.May(p) {
		return ErrForbidden
	}
	return nil
}

// RequireAt returns ErrForbidden unless the actor holds the permission, and
// ErrNotFound unless the site is within reach: somebody who may not see a site
// is not told that it exists.
func (a Actor) RequireAt(p Permission, site attendance.SiteID) error {
	if err := a.Require(p); err != nil {
		return err
	}
	if !a.Sees(site) {
		return ErrNotFound
	}
	return nil
}

// User is an account of the console or the API.
type User struct {
	ID       UserID
	Org      attendance.OrgID
	Email    string
	Name     string
	Role     Role
	Sites    []attendance.SiteID
	Language string // BCP 47; empty: the browser's
	Disabled bool
	// Number is the Muster ID of the person of the roster whose account this is, so
	// that their card opens at a tablet what they may do there; empty: nobody's.
	Number string

	// PasswordSet is when the password was last chosen; zero while there is
	// none. A session begun before it is no longer good.
	PasswordSet time.Time

	// Token is the one that the user is here by: its name, scopes and box are set.
	// Zero: there is none.
	Token APIToken
}

// Actor returns the actor that a signed-in user is. A disabled user is nobody.
func (u User) Actor() Actor {
	if u.Disabled {
		return Actor{}
	}
	return Actor{User: u.ID, Org: u.Org, Role: u.Role, Sites: u.Sites, Scopes: u.Token.Scopes, AutoInvite: u.Token.AutoInvite}
}
