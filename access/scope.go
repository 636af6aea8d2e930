package access

import "slices"

// Scope is one thing that a token may be used for. A token without any may do
// whatever its user may; one with some may do that and nothing else. Names are
// stored and sent: never rename one.
type Scope string

const (
	// ScopeRosterRead: sites, people, their photos and cards.
	ScopeRosterRead Scope = "roster:read"
	// ScopeAccountsManage: add, change and remove people, and end their accounts.
	ScopeAccountsManage Scope = "accounts:manage"
	// ScopeInvitationsRead: who is invited, and what became of the messages.
	ScopeInvitationsRead Scope = "invitations:read"
	// ScopeInvitationsSend: invite, chase, and take invitations back.
	ScopeInvitationsSend Scope = "invitations:send"
	// ScopeInvitationsHandOut: make access codes, which let somebody in.
	ScopeInvitationsHandOut Scope = "invitations:hand-out"
	// ScopeSettingsManage: what the organisation decided, texts, blocks, the launch.
	ScopeSettingsManage Scope = "settings:manage"
	// ScopeSitesManage: add and change sites.
	ScopeSitesManage Scope = "sites:manage"
	// ScopePunchesRead: punches, refused taps, the quarantine, live news.
	ScopePunchesRead Scope = "punches:read"
	// ScopePunchesMend: deal with what lies in quarantine.
	ScopePunchesMend Scope = "punches:mend"
	// ScopeDevicesRead: tablets and how they are.
	ScopeDevicesRead Scope = "devices:read"
	// ScopeDevicesManage: approve, command and revoke tablets.
	ScopeDevicesManage Scope = "devices:manage"
	// ScopeUsersManage: accounts of the console, and tokens.
	ScopeUsersManage Scope = "users:manage"
	// ScopeAuditRead: who did what.
	ScopeAuditRead Scope = "audit:read"
)

// Scopes lists all of them, in the order in which they are shown.
var Scopes = []Scope{
	ScopeRosterRead, ScopeAccountsManage, ScopeInvitationsRead, ScopeInvitationsSend, ScopeInvitationsHandOut, ScopeSettingsManage, ScopeSitesManage,
	ScopePunchesRead, ScopePunchesMend, ScopeDevicesRead, ScopeDevicesManage, ScopeUsersManage, ScopeAuditRead,
}

// covered is what a scope brings along: who may change something may see it.
var covered = map[Scope][]Scope{
	ScopeAccountsManage:     {ScopeRosterRead},
	ScopeInvitationsSend:    {ScopeInvitationsRead},
	ScopeInvitationsHandOut: {ScopeInvitationsRead},
	ScopePunchesMend:        {ScopePunchesRead},
	ScopeDevicesManage:      {ScopeDevicesRead},
	ScopeSitesManage:        {ScopeRosterRead},
}

// needs is what a scope asks of the role behind it, and all that it leaves of it.
var needs = map[Scope][]Permission{
	ScopeRosterRead:         {ReadRoster},
	ScopeAccountsManage:     {ReadRoster, ManageRoster},
	ScopeInvitationsRead:    {ReadRoster},
	ScopeInvitationsSend:    {ReadRoster, ManageRoster},
	ScopeInvitationsHandOut: {ReadRoster, ManageRoster},
	ScopeSettingsManage:     {ReadRoster, ManageSites},
	ScopeSitesManage:        {ReadRoster, ManageSites},
	ScopePunchesRead:        {ReadRoster},
	ScopePunchesMend:        {ReadRoster, ManageRoster},
	ScopeDevicesRead:        {ReadRoster},
	ScopeDevicesManage:      {ReadRoster, ManageDevices},
	ScopeUsersManage:        {ReadRoster, ManageUsers},
	ScopeAuditRead:          {ReadAudit},
}

// ParseScope reads a scope that came from outside; ok is false for anything unknown.
func ParseScope(s string) (scope Scope, ok bool) {
	return Scope(s), slices.Contains(Scopes, Scope(s))
}

// HasScope tells whether the actor's token is for something. Whoever came without a
// token, or with one for everything, has every scope.
func (a Actor) HasScope(s Scope) bool {
	return len(a.Scopes) == 0 || slices.ContainsFunc(a.Scopes, func(own Scope) bool { return own == s || slices.Contains(covered[own], s) })
}

// leaves tells whether scopes leave the role a permission.
func leaves(scopes []Scope, p Permission) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(s Scope) bool { return slices.Contains(needs[s], p) })
}
