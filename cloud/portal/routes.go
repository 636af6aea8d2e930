package portal

import "net/http"

// routes is every address of the portal.
func (p *portal) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, f page) { mux.Handle(pattern, p.sessions.LoadAndSave(p.public(f))) }
	// A person whose steps aren't done is led to the next one.
	step := func(pattern string, f page) { mux.Handle(pattern, p.sessions.LoadAndSave(p.members(f))) }
	own := func(pattern string, f page) { mux.Handle(pattern, p.sessions.LoadAndSave(p.members(active(f)))) }

	open("GET /join/{secret}", (*visit).join)
	open("POST /join/{secret}", (*visit).claim)
	open("POST /join/{secret}/check", (*visit).checkNew)
	open("GET /join/{secret}/decline", (*visit).askDecline)
	open("POST /join/{secret}/decline", (*visit).decline)
	open("/join/", (*visit).noLink)

	mux.Handle("GET /my/assets/", p.files)
	open("GET /my/login", (*visit).login)
	open("POST /my/login", (*visit).logIn)
	open("GET /my/forgotten", (*visit).forgotten)
	open("POST /my/logout", (*visit).logOut)

	step("GET /my/start", (*visit).start)
	step("GET /my/start/password", (*visit).stepPassword)
	step("POST /my/start/password", (*visit).takePassword)
	step("GET /my/start/details", (*visit).stepDetails)
	step("POST /my/start/details", (*visit).takeDetails)
	step("GET /my/start/photo", (*visit).stepPhoto)
	step("POST /my/start/photo", (*visit).takePhoto)
	step("POST /my/check", (*visit).checkOwn)
	step("GET /my/portrait/{id}", (*visit).portrait)

	own("GET /my/welcome", (*visit).welcome)
	own("GET /my", (*visit).today)
	own("GET /my/punches", (*visit).punches)
	own("GET /my/more", (*visit).more)
	own("GET /my/details", (*visit).details)
	own("POST /my/details", (*visit).changeDetails)
	own("GET /my/contact", (*visit).contact)
	own("POST /my/contact", (*visit).confirmContact)
	own("POST /my/contact/again", (*visit).resendContact)
	own("POST /my/contact/cancel", (*visit).cancelContact)
	own("GET /my/photo", (*visit).photo)
	own("POST /my/photo", (*visit).changePhoto)
	own("POST /my/photo/remove", (*visit).removePhoto)
	own("GET /my/face", (*visit).faceID)
	own("POST /my/face", (*visit).giveFaceID)
	own("POST /my/face/decline", (*visit).declineFaceID)
	own("POST /my/face/withdraw", (*visit).withdrawFaceID)
	own("GET /my/face/picture", (*visit).ownFacePicture)
	own("GET /my/cards", (*visit).cards)
	own("GET /my/invitations", (*visit).invitations)
	own("GET /my/organisations", (*visit).organisations)
	own("POST /my/organisations/answer", (*visit).answer)
	own("POST /my/organisations/later", (*visit).closeAsk)
	step("POST /my/organisations/switch", (*visit).switchTo)
	own("POST /my/organisations/domain", (*visit).joinByDomain)
	own("GET /my/join-key", (*visit).joinKey)
	own("POST /my/join-key", (*visit).enterKey)
	open("GET /my/join/{code}", (*visit).joinLink)
	step("POST /my/join/{code}", (*visit).joinByLink)
	if p.Doorman != nil {
		open("GET /my/come-in", (*visit).comeIn)
		open("POST /my/come-in", (*visit).askEntry)
		open("GET /my/entry/{secret}", (*visit).entry)
		open("POST /my/entry/{secret}", (*visit).takeEntry)
	}
	own("GET /my/language", (*visit).language)
	own("POST /my/language", (*visit).setLanguage)
	own("GET /my/password", (*visit).password)
	own("POST /my/password", (*visit).changePassword)
	own("GET /my/help", (*visit).help)
	open("/", (*visit).nothing)
	return mux
}
