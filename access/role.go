package access

// Role is what an account is trusted with.
type Role string

const (
	// OrgAdmin may do everything within the organisation.
	OrgAdmin Role = "org-admin"
	// SiteManager runs the sites that are named on the account, and sees no other.
	SiteManager Role = "site-manager"
	// Viewer reads what is at the sites named on the account, and changes nothing.
	Viewer Role = "viewer"
)

// ParseRole reads a role that came from outside; ok is false for anything unknown.
func ParseRole(s string) (r Role, ok bool) {
	switch Role(s) {
	case OrgAdmin, SiteManager, Viewer:
		return Role(s), true
	default:
		return "", false
	}
}

// Permission is one thing that can be allowed.
type Permission string

// The permissions. Each store method names the one it needs.
const (
	ReadRoster    Permission = "read-roster"    // people, cards, punches, devices of the actor's sites
	ManageRoster  Permission = "manage-roster"  // add and change people and cards
	ManageDevices Permission = "manage-devices" // approve, command and revoke tablets
	ManageSites   Permission = "manage-sites"   // add and change sites
	ManageUsers   Permission = "manage-users"   // accounts of the console, API tokens
	ReadAudit     Permission = "read-audit"     // who did what
)

// granted is the whole policy in one place.
var granted = map[Role][]Permission{
	OrgAdmin:    {ReadRoster, ManageRoster, ManageDevices, ManageSites, ManageUsers, ReadAudit},
	SiteManager: {ReadRoster, ManageRoster, ManageDevices},
	Viewer:      {ReadRoster},
}
