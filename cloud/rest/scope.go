package rest

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"muster/access"
)

// scopes says what a token must be for to be used with an operation. An operation
// that isn't here is for tokens that are for everything.
var scopes = map[string]access.Scope{
	"list-sites": access.ScopeRosterRead, "get-site": access.ScopeRosterRead, "add-site": access.ScopeSitesManage, "change-site": access.ScopeSitesManage,

	"get-membership": access.ScopeRosterRead, "set-way": access.ScopeSettingsManage, "draw-join-code": access.ScopeSettingsManage, "add-domain": access.ScopeSettingsManage,
	"mail-domain-code": access.ScopeSettingsManage, "enter-domain-code": access.ScopeSettingsManage,
	"remove-domain": access.ScopeSettingsManage, "set-unit": access.ScopeSettingsManage, "remove-unit": access.ScopeSettingsManage,
	"sync-roster": access.ScopeAccountsManage, "add-again": access.ScopeAccountsManage,

	"list-employees": access.ScopeRosterRead, "get-employee": access.ScopeRosterRead, "get-photo": access.ScopeRosterRead, "get-contact": access.ScopeRosterRead,
	"add-employee": access.ScopeAccountsManage, "change-employee": access.ScopeAccountsManage, "remove-employee": access.ScopeAccountsManage,
	"set-contact": access.ScopeAccountsManage, "set-photo": access.ScopeAccountsManage, "remove-photo": access.ScopeAccountsManage,
	"deactivate-account": access.ScopeAccountsManage, "reactivate-account": access.ScopeAccountsManage,
	"assign-uid": access.ScopeAccountsManage, "assign-card": access.ScopeAccountsManage, "change-card": access.ScopeAccountsManage, "end-card": access.ScopeAccountsManage,
	"get-face-id": access.ScopeRosterRead, "request-face-id": access.ScopeAccountsManage, "reset-face-id": access.ScopeAccountsManage,
	"start-import": access.ScopeAccountsManage, "get-import": access.ScopeAccountsManage, "list-import-rows": access.ScopeAccountsManage,
	"confirm-import": access.ScopeAccountsManage,
	"start-capture":  access.ScopeAccountsManage, "get-capture": access.ScopeAccountsManage, "cancel-capture": access.ScopeAccountsManage,

	"list-invitations": access.ScopeInvitationsRead, "count-invitations": access.ScopeInvitationsRead, "get-invitation": access.ScopeInvitationsRead,
	"list-messages": access.ScopeInvitationsRead, "list-batches": access.ScopeInvitationsRead, "get-batch": access.ScopeInvitationsRead,
	"list-batch-results": access.ScopeInvitationsRead, "list-blocks": access.ScopeInvitationsRead, "get-policy": access.ScopeInvitationsRead,
	"list-templates": access.ScopeInvitationsRead, "get-template": access.ScopeInvitationsRead,
	"plan-invitations": access.ScopeInvitationsSend, "send-invitations": access.ScopeInvitationsSend, "undo-batch": access.ScopeInvitationsSend,
	"revoke-invitation": access.ScopeInvitationsSend,
	"hand-out":          access.ScopeInvitationsHandOut, "reset-access": access.ScopeInvitationsHandOut,

	"lift-block": access.ScopeSettingsManage, "change-policy": access.ScopeSettingsManage, "set-template": access.ScopeSettingsManage,
	"reset-template": access.ScopeSettingsManage, "test-template": access.ScopeSettingsManage, "preview-template": access.ScopeSettingsManage, "get-launch": access.ScopeSettingsManage,
	"launch": access.ScopeSettingsManage,

	"list-punches": access.ScopePunchesRead, "list-refusals": access.ScopePunchesRead, "list-quarantine": access.ScopePunchesRead,
	"get-quarantined": access.ScopePunchesRead, "live": access.ScopePunchesRead,
	"assign-quarantined": access.ScopePunchesMend, "dismiss-quarantined": access.ScopePunchesMend, "reprocess-quarantine": access.ScopePunchesMend,
	"approve-punch": access.ScopePunchesMend, "reject-punch": access.ScopePunchesMend, "approve-punches": access.ScopePunchesMend, "reject-punches": access.ScopePunchesMend,

	"list-devices": access.ScopeDevicesRead, "get-device": access.ScopeDevicesRead,
	"change-device": access.ScopeDevicesManage, "revoke-device": access.ScopeDevicesManage, "lock-device": access.ScopeDevicesManage,
	"unlock-device": access.ScopeDevicesManage, "get-claim": access.ScopeDevicesManage, "approve-claim": access.ScopeDevicesManage,
	"deny-claim": access.ScopeDevicesManage, "issue-activation-code": access.ScopeDevicesManage, "import-rows": access.ScopeDevicesManage,

	"list-users": access.ScopeUsersManage, "get-user": access.ScopeUsersManage, "add-user": access.ScopeUsersManage, "change-user": access.ScopeUsersManage,
	"issue-password-link": access.ScopeUsersManage, "list-tokens": access.ScopeUsersManage, "revoke-token": access.ScopeUsersManage,
	"change-token": access.ScopeUsersManage,

	"list-audit": access.ScopeAuditRead,
}

// forAnybody are the operations that every token is good for.
var forAnybody = map[string]bool{"me": true, "export-list": true} // export-list looks at the list's own scope

// allowed tells whether a token may be used with an operation at all, and which
// scope it would take.
func allowed(actor access.Actor, operation string) (access.Scope, bool) {
	need, listed := scopes[operation]
	if !listed {
		return "", len(actor.Scopes) == 0 || forAnybody[operation]
	}
	return need, actor.HasScope(need)
}

// secure is what the OpenAPI document says of an operation that needs a token.
func secure(operation string) []map[string][]string {
	if need, ok := scopes[operation]; ok {
		return []map[string][]string{{bearer: {string(need)}}}
	}
	return []map[string][]string{{bearer: {}}}
}

// scoped refuses a token that is for something else.
func (a *api) scoped(ctx huma.Context, actor access.Actor) bool {
	need, ok := allowed(actor, ctx.Operation().OperationID)
	if ok {
		return true
	}
	p := named(http.StatusForbidden, "scope-missing", "The token is not for this.")
	p.Scope = string(need)
	a.refuse(ctx, p)
	return false
}
