package console

import (
	"net/http"

	"muster/access"
)

// routes is every address of the console, with the permission it takes. The
// stores check again, and by site too.
func (c *console) routes() http.Handler {
	mux := http.NewServeMux()
	with := func(pattern string, h http.Handler) { mux.Handle(pattern, c.session(h)) }
	open := func(pattern string, p page) { with(pattern, c.public(p)) }
	read := func(pattern string, p page) { with(pattern, c.members(access.ReadRoster, p)) }
	people := func(pattern string, p page) { with(pattern, c.members(access.ManageRoster, p)) }
	tablets := func(pattern string, p page) { with(pattern, c.members(access.ManageDevices, p)) }
	sites := func(pattern string, p page) { with(pattern, c.members(access.ManageSites, p)) }
	users := func(pattern string, p page) { with(pattern, c.members(access.ManageUsers, p)) }
	byItself := func(pattern string, p page) {
		mux.Handle(pattern, c.passive(c.members(access.ReadRoster, p)))
	}

	mux.Handle("GET /assets/", c.assets)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })

	open("GET /setup", (*visit).setup)
	open("POST /setup", (*visit).setUp)
	open("GET /login", (*visit).login)
	open("POST /login", (*visit).logIn)
	open("POST /logout", (*visit).logOut)
	open("GET /password", (*visit).password)
	open("POST /password", (*visit).choosePassword)

	read("GET /{$}", (*visit).overview)
	read("GET /help", (*visit).help)
	read("GET /account", (*visit).account)
	read("POST /account", (*visit).changeAccount)
	read("POST /account/password", (*visit).changePassword)

	read("GET /punches", (*visit).punches)
	read("GET /approvals", (*visit).approvals)
	people("POST /approvals/approve", (*visit).approvePunches)
	people("POST /approvals/reject", (*visit).rejectPunches)
	read("GET /quarantine", (*visit).quarantine)
	people("GET /quarantine/reprocess", (*visit).confirmReprocess)
	people("POST /quarantine/reprocess", (*visit).reprocess)
	read("GET /quarantine/{id}", (*visit).quarantined)
	people("POST /quarantine/{id}/assign", (*visit).assignQuarantined)
	people("POST /quarantine/{id}/dismiss", (*visit).dismissQuarantined)
	byItself("GET /live/punches", (*visit).livePunches)
	byItself("GET /live/news", (*visit).liveNews)
	byItself("GET /live/captures/{id}", (*visit).liveCapture)
	byItself("GET /photos/{id}", (*visit).photo)

	read("GET /employees", (*visit).employees)
	people("GET /employees/new", (*visit).newEmployee)
	people("POST /employees/new", (*visit).addEmployee)
	read("GET /employees/{id}", (*visit).employee)
	people("POST /employees/{id}", (*visit).changeEmployee)
	people("POST /employees/{id}/add-again", (*visit).addAgain)
	people("GET /employees/{id}/remove", (*visit).confirmRemoveEmployee)
	people("POST /employees/{id}/remove", (*visit).removeEmployee)
	people("POST /employees/{id}/photo", (*visit).setPhoto)
	people("POST /employees/{id}/photo/remove", (*visit).removePhoto)
	people("POST /employees/{id}/captures", (*visit).startCapture)
	people("POST /employees/{id}/captures/{capture}/cancel", (*visit).cancelCapture)
	people("POST /employees/{id}/cards", (*visit).typeCard)
	people("POST /employees/{id}/cards/{card}/block", (*visit).blockCard)
	people("POST /employees/{id}/cards/{card}/unblock", (*visit).unblockCard)
	people("GET /employees/{id}/cards/{card}/end", (*visit).confirmEndCard)
	people("POST /employees/{id}/cards/{card}/end", (*visit).endCard)

	people("GET /employees/{id}/face/request", (*visit).confirmRequestFaceID)
	people("POST /employees/{id}/face/request", (*visit).requestFaceID)
	people("GET /employees/{id}/face/reset", (*visit).confirmResetFaceID)
	people("POST /employees/{id}/face/reset", (*visit).resetFaceID)

	people("GET /import", (*visit).importPeople)
	people("POST /import", (*visit).startIntake)
	people("GET /import-template/{file}", (*visit).importTemplate)
	people("GET /import/{id}", (*visit).intake)
	people("GET /import/{id}/refused/{file}", (*visit).refusedRows)
	people("GET /import/{id}/confirm", (*visit).reviewIntake)
	people("POST /import/{id}/confirm", (*visit).confirmIntake)
	people("POST /import/{id}/drop", (*visit).dropIntake)

	read("GET /invitations", (*visit).invitations)
	people("POST /invitations/review", (*visit).reviewOrder)
	people("POST /invitations/send", (*visit).sendOrder)
	people("POST /invitations/print", (*visit).reviewPrint)
	people("POST /invitations/print/file", (*visit).print)
	read("GET /invitations/batches/{id}", (*visit).batch)
	people("POST /invitations/batches/{id}/undo", (*visit).undoBatch)
	read("GET /invitations/blocks", (*visit).blocks)
	sites("POST /invitations/blocks/lift", (*visit).liftBlock)
	read("GET /invitations/batches", (*visit).batches)
	sites("GET /invitations/texts", (*visit).welcome)
	sites("POST /invitations/texts", (*visit).saveWelcome)
	sites("GET /invitations/texts/reset", (*visit).confirmResetWelcome)
	sites("POST /invitations/texts/reset", (*visit).resetWelcome)
	sites("POST /invitations/texts/test", (*visit).testWelcome)
	sites("POST /invitations/texts/letterhead", (*visit).saveStyle)
	sites("POST /invitations/texts/logo", (*visit).saveLogo)
	sites("POST /invitations/texts/logo/remove", (*visit).removeLogo)
	people("GET /invitations/texts/preview", (*visit).previewText)
	people("POST /invitations/texts/preview", (*visit).previewText)
	open("GET /logo/{id}", (*visit).logo)
	sites("GET /invitations/policy", (*visit).policy)
	sites("POST /invitations/policy", (*visit).savePolicy)
	sites("GET /invitations/mailbox", (*visit).mailbox)
	sites("GET /invitations/mailbox/{id}", (*visit).kept)
	sites("GET /invitations/mailbox/{id}/html", (*visit).keptHTML)
	sites("GET /launch", (*visit).launch)
	sites("POST /launch/review", (*visit).reviewLaunch)
	people("GET /employees/{id}/reset-access", (*visit).confirmResetAccess)
	people("POST /employees/{id}/reset-access", (*visit).resetAccess)
	people("GET /employees/{id}/hand-out", (*visit).confirmHandOut)
	people("POST /employees/{id}/hand-out", (*visit).handOut)
	people("GET /employees/{id}/account/{step}", (*visit).confirmAccountStep)
	people("POST /employees/{id}/account/{step}", (*visit).accountStep)

	read("GET /membership", (*visit).membership)
	read("GET /membership/guides/{way}", (*visit).guide)
	sites("POST /membership/ways/{way}", (*visit).setWay)
	sites("POST /membership/codes/{way}", (*visit).drawCode)
	sites("POST /membership/domains", (*visit).addDomain)
	sites("POST /membership/domains/verify", (*visit).verifyDomain)
	sites("POST /membership/domains/mail", (*visit).mailDomainCode)
	sites("POST /membership/domains/code", (*visit).enterDomainCode)
	sites("POST /membership/domains/remove", (*visit).removeDomain)
	sites("POST /membership/units", (*visit).setUnit)
	sites("POST /membership/units/remove", (*visit).removeUnit)

	read("GET /sites", (*visit).sitesPage)
	sites("GET /sites/new", (*visit).newSite)
	sites("POST /sites/new", (*visit).addSite)
	sites("GET /sites/{id}", (*visit).site)
	sites("POST /sites/{id}", (*visit).changeSite)

	read("GET /devices", (*visit).devices)
	tablets("GET /devices/new", (*visit).newDevice)
	tablets("POST /devices/new", (*visit).issueActivationCode)
	read("GET /devices/{id}", (*visit).device)
	tablets("POST /devices/{id}", (*visit).renameDevice)
	tablets("POST /devices/{id}/lock", (*visit).lockDevice)
	tablets("POST /devices/{id}/unlock", (*visit).unlockDevice)
	tablets("POST /devices/{id}/import", (*visit).importRows)
	tablets("GET /devices/{id}/revoke", (*visit).confirmRevokeDevice)
	tablets("POST /devices/{id}/revoke", (*visit).revokeDevice)
	tablets("GET /activate", (*visit).activate)
	tablets("POST /activate/approve", (*visit).approve)
	tablets("POST /activate/deny", (*visit).deny)

	users("GET /users", (*visit).users)
	users("GET /users/new", (*visit).newUser)
	users("POST /users/new", (*visit).addUser)
	users("GET /users/{id}", (*visit).editUser)
	users("POST /users/{id}", (*visit).changeUser)
	users("POST /users/{id}/link", (*visit).passwordLink)
	users("POST /users/tokens", (*visit).issueToken)
	users("GET /users/tokens/{id}/revoke", (*visit).confirmRevokeToken)
	users("POST /users/tokens/{id}/invites", (*visit).tokenInvites)
	users("POST /users/tokens/{id}/revoke", (*visit).revokeToken)

	mux.Handle("GET /audit", c.session(c.members(access.ReadAudit, (*visit).audit)))
	byItself("GET /export/{file}", (*visit).export)

	if c.operators != nil {
		c.operatorRoutes(mux)
	}
	open("/", (*visit).nothing)
	return mux
}
