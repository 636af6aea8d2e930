package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/attendance"
	"muster/invite"
)

// row is what the list shows of one person.
func (a answer) row(t *testing.T, p attendance.Profile) string {
	t.Helper()
	for _, r := range strings.Split(a.body, "<tr ")[1:] {
		if strings.Contains(r, `href="/employees/`+string(p.ID)) {
			return r
		}
	}
	t.Fatalf("%s doesn't list %s", a.Request.URL, p.Name())
	return ""
}

// lists fails the test unless a page lists exactly these people.
func (a answer) lists(t *testing.T, want ...attendance.Profile) {
	t.Helper()
	if n := strings.Count(a.body, `class="cell-main"`); n != len(want) {
		t.Errorf("%s lists %d people, want %d", a.Request.URL, n, len(want))
	}
	for _, p := range want {
		a.row(t, p)
	}
}

// ordered sends what a review shows, and returns where it leads.
func (b *browser) ordered(review answer) string {
	b.t.Helper()
	to := b.post("/invitations/send", review.carried()).Header.Get("Location")
	if !strings.HasPrefix(to, "/invitations/batches/") {
		b.t.Fatalf("led to %q", to)
	}
	return to
}

// activated lets somebody claim by the link that deliverAll sent.
func (w *world) activated(email string) {
	w.t.Helper()
	if in := must(w.store.ClaimLinkWith(w.t.Context(), email, "quite unguessable 7"))(w.t); !in.Steps.Done() {
		w.t.Fatalf("%+v", in.Steps)
	}
}

// K1, K23, K24, W17: the menu leads to those whose activation is to come, whatever
// is missing; who is active is not among them, and is found by the status Active.
func TestK1K23K24W17WhoIsToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	var people []attendance.Profile
	for _, n := range []string{"silent", "waiting", "invited", "failed", "active", "ended"} {
		people = append(people, w.reached(n, "Person", invite.Contact{Email: n + "@example.com"}, w.north.ID))
	}
	silent, waiting, invited, failed, active, ended := people[0], people[1], people[2], people[3], people[4], people[5]
	w.forward(-invite.ChaseEvery)
	w.ask(invited, failed, active)
	w.deliverAll(map[string]invite.Undeliverable{"failed@example.com": gone})
	w.activated("active@example.com")
	w.forward(invite.ChaseEvery)
	if err := w.store.DeactivateAccount(t.Context(), w.admin.Actor(), ended.ID); err != nil {
		t.Fatal(err)
	}
	w.ask(waiting)
	b := w.as(w.admin.Email)
	b.get("/").shows(t, http.StatusOK, `href="/invitations?status=to-come"`)
	list := b.get("/invitations?status=to-come")
	list.shows(t, http.StatusOK, "Not active yet", "All 4 that match")
	list.lists(t, silent, waiting, invited, failed)
	b.get("/invitations").lists(t, people...)
	b.get("/invitations?status=active").lists(t, active)
	b.get("/invitations?status=not-invited").lists(t, silent)
	// The same in the other direction: a selection of all of these is of these.
	review := b.post("/invitations/review", url.Values{"all": {"1"}, "status": {"to-come"}})
	review.shows(t, http.StatusOK, "Send 2 messages?", "silent@example.com", "invited@example.com")
	b.ordered(review)
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), active.ID))(t); got.State.Status() != invite.Activated {
		t.Errorf("%+v", got.State)
	}
}

// Those who are to come are in the order of names over all pages, however they
// stand.
func TestK1PagesOfWhoIsToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 120 {
		p := w.reached("Many", at("Person%03d", i), invite.Contact{Email: at("p%03d@example.com", i)}, w.north.ID)
		if i%3 == 1 {
			w.ask(p)
		}
	}
	b := w.as(w.admin.Email)
	var names []string
	for path := "/invitations?status=to-come"; path != ""; {
		page := b.get(path)
		page.shows(t, http.StatusOK, "All 120 that match")
		for _, m := range regexp.MustCompile(`#invitation">Many (Person\d+)<`).FindAllStringSubmatch(page.body, -1) {
			names = append(names, m[1])
		}
		path = ""
		if m := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page.body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	for i := range 120 {
		if len(names) != 120 || names[i] != at("Person%03d", i) {
			t.Fatalf("%d names: %v", len(names), names)
		}
	}
}

// K2, J9, K10: first the data, nothing goes out; then Invite on the profile, and the
// message goes to the contact that the profile has by then.
func TestJ9K2K10OnePersonFromTheProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	form := url.Values{"first_name": {"Anna"}, "last_name": {"Berg"}, "sites": {string(w.north.ID)}, "email": {"old@example.com"}}
	page := b.post("/employees/new", form).Header.Get("Location")
	form.Set("email", "anna@example.com")
	form.Set("number", "4711")
	b.post(page, form).leadsTo(t, page)
	a := b.get(page)
	a.shows(t, http.StatusOK, "Not invited", `value="anna@example.com"`, ">Invite<")
	a.hides(t, ">Chase<")
	if jobs := must(w.store.TakeOn(t.Context(), "w", 9, w.now()))(t); len(jobs) != 0 {
		t.Fatalf("before anybody asked: %+v", jobs)
	}
	b.ordered(b.post("/invitations/review", url.Values{"one": {strings.TrimPrefix(page, "/employees/")}}))
	jobs := must(w.store.TakeOn(t.Context(), "w", 9, w.now()))(t)
	if len(jobs) != 1 || jobs[0].Contact.Email != "anna@example.com" || jobs[0].Event != invite.Invite {
		t.Errorf("%+v", jobs)
	}
}

// K6: everybody who was invited and isn't active is chased in the same steps as
// inviting; a day later again, and never before.
func TestK6ChaseEverybodyWhoIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	boris := w.reached("Boris", "Petrow", invite.Contact{Phone: "+4915112345678"}, w.north.ID)
	carl := w.reached("Carl", "Dorn", invite.Contact{Email: "carl@example.com"}, w.north.ID)
	silent := w.reached("Silent", "Sam", invite.Contact{Email: "sam@example.com"}, w.north.ID)
	w.forward(-invite.ChaseEvery)
	w.ask(anna, boris, carl)
	w.deliverAll(nil)
	w.activated("carl@example.com")
	w.forward(invite.ChaseEvery)
	b := w.as(w.admin.Email)
	chase := url.Values{"all": {"1"}, "status": {"invited"}}
	review := b.post("/invitations/review", chase)
	review.shows(t, http.StatusOK, "Send 2 messages?", "anna@example.com", "&#43;4915112345678", "1 SMS goes out", "Confirm and send 2 messages")
	review.hides(t, "carl@example.com", "sam@example.com")
	b.get(b.ordered(review)).shows(t, http.StatusOK, "2 messages ordered")
	w.deliverAll(nil)
	b.post("/invitations/review", chase).shows(t, http.StatusOK, "Nothing would be sent", "Got a message within the last 24 hours")
	w.forward(invite.ChaseEvery)
	all := invite.Order{To: invite.Selection{All: true, Filter: invite.Filter{Status: []invite.Status{invite.Pending}}}}
	if plan := must(w.store.PlanOrder(t.Context(), w.admin.Actor(), all))(t); plan.Email != 1 || plan.SMS != 1 {
		t.Errorf("a day later: %+v", plan)
	}
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), silent.ID))(t); got.State.Account != invite.Inactive {
		t.Errorf("who was not invited: %+v", got.State)
	}
}

// K21, K22, P8, W16, W18: the row offers Invite to who is silent, Re-send to who is
// invited, nothing to who is active; each press is for that one person.
func TestK21K22P8W16W18TheRowOffersWhatFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	other := w.reached("Other", "Person", invite.Contact{Email: "other@example.com"}, w.north.ID)
	bea := w.reached("Bea", "Chased", invite.Contact{Email: "bea@example.com"}, w.north.ID)
	w.forward(-invite.ChaseEvery)
	w.ask(bea)
	w.deliverAll(nil)
	w.forward(invite.ChaseEvery)
	b := w.as(w.admin.Email)
	press := regexp.MustCompile(`<button class="btn btn-sm" name="one" value="([^"]+)">([^<]+)<`)
	offer := func(p attendance.Profile, want string) url.Values {
		t.Helper()
		m := press.FindStringSubmatch(b.get("/invitations").row(t, p))
		if want == "" && m == nil {
			return nil
		}
		if m == nil || m[1] != string(p.ID) || m[2] != want {
			t.Fatalf("the row offers %q, want %q", m, want)
		}
		return url.Values{"one": {m[1]}}
	}
	b.ordered(b.post("/invitations/review", offer(anna, "Invite")))
	b.ordered(b.post("/invitations/review", offer(bea, "Re-send")))
	offer(anna, "") // it waits
	w.deliverAll(nil)
	offer(anna, "") // within a day
	offer(bea, "")
	w.activated("bea@example.com again")
	offer(bea, "")
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), other.ID))(t); got.State.Delivery != invite.None {
		t.Errorf("somebody else got one too: %+v", got.State)
	}
}

// P3, P15 to P19: each status shows who stands so, and nobody else; the errors are
// narrowed by their reason; each row has a box.
func TestP3P15P16P17P18P19EachStatusShowsItsPeople(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	count := regexp.MustCompile(`(?s)href="/invitations([^"]*)"[^>]*><span>([^<]+)</span><small>(\d+)</small>`)
	all := b.get("/invitations")
	if n := strings.Count(all.body, `type="checkbox" name="id"`); n != len(people) {
		t.Errorf("%d boxes for %d people", n, len(people))
	}
	counts := map[string]string{}
	for _, m := range count.FindAllStringSubmatch(all.body, -1) {
		counts[strings.TrimPrefix(m[1], "?status=")] = m[3]
	}
	actor := w.admin.Actor()
	total := 0
	for _, s := range invite.Statuses {
		page := b.get("/invitations?status=" + string(s))
		var want []attendance.Profile
		for _, p := range people {
			if must(w.store.Invitation(t.Context(), actor, p.ID))(t).State.Status() == s {
				want = append(want, p)
			}
		}
		page.lists(t, want...)
		if counts[string(s)] != at("%d", len(want)) || len(want) == 0 {
			t.Errorf("%s: %s beside the filter, %d people", s, counts[string(s)], len(want))
		}
		total += len(want)
	}
	if total != len(people) {
		t.Errorf("%d of %d people have a status", total, len(people))
	}
	b.get("/invitations?status=error&reason=mailbox-full").lists(t, people[13], people[14])
	b.get("/invitations?status=error&reason=unknown-mailbox").lists(t, people[12])
}

// P4: each column has a search of its own, and they narrow each other.
func TestP4SearchInEachColumn(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	for query, want := range map[string][]attendance.Profile{
		"q=jurgen":                  {people[7], people[19]},
		"q=" + people[7].Number:     {people[7]},
		"email=PERSON.07":           {people[7]},
		"phone=%2B49+151+234567-15": {people[15]},
		"external=SAP-04722":        {people[11]},
		"external=sap-04722":        {people[11]},
		"q=jurgen&email=person.19":  {people[19]},
		"q=%D0%94%D0%BC%D0%B8%D1%82%D1%80%D0%B8%D0%B9&phone=27": {people[27]},
		"q=jurgen&email=person.08":                              nil,
		"email=%25":                                             nil,
		"email=_erson.07":                                       nil,
		"q=%27+OR+1%3D1":                                        nil,
		"phone=%2B":                                             {people[3], people[9], people[15], people[21], people[27]},
		"email=person.0&site=" + string(w.south.ID):             {people[4]},
	} {
		b.get("/invitations?"+query).lists(t, want...)
	}
}

// W19: a person who is created singly is invited at once or stays silent, as the
// organisation decided; whoever creates them may decide otherwise.
func TestW19SinglesAreInvitedOrSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	n := 0
	create := func() invite.Status {
		t.Helper()
		n++
		form := url.Values{"last_name": {at("Person %d", n)}, "sites": {string(w.north.ID)}, "email": {at("p%d@example.com", n)}}
		if strings.Contains(b.get("/employees/new").body, `name="invite" value="1" checked`) {
			form.Set("invite", "1") // as a browser sends it
		}
		id := strings.TrimPrefix(b.post("/employees/new", form).Header.Get("Location"), "/employees/")
		return must(w.store.Invitation(t.Context(), w.admin.Actor(), attendance.ProfileID(id)))(t).State.Status()
	}
	if s := create(); s != invite.NotInvited {
		t.Errorf("before anything was decided: %s", s)
	}
	policy := url.Values{"singles": {"now"}, "ways": {"email"}, "region": {"DE"}, "life": {"336"}, "handout_life": {"720"}}
	b.post("/invitations/policy", policy).leadsTo(t, "/invitations/policy")
	if s := create(); s != invite.Waiting {
		t.Errorf("invited at once: %s", s)
	}
	policy.Set("singles", "silent")
	b.post("/invitations/policy", policy).leadsTo(t, "/invitations/policy")
	if s := create(); s != invite.NotInvited {
		t.Errorf("silent: %s", s)
	}
}

// L8, L9: the join link and the join key are marked as not recommended wherever a
// licence has them; no other way is.
func TestL8L9NotRecommended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	for _, way := range invite.Ways {
		guide := b.get("/membership/guides/" + string(way))
		marked := strings.Count(guide.body, "Not recommended")
		if want := map[invite.Way]int{invite.ByLink: len(invite.LicenceTypes), invite.ByKey: len(invite.LicenceTypes)}[way]; marked != want {
			t.Errorf("%s is marked %d times, want %d", way, marked, want)
		}
	}
}

// K25: where a simulated tablet runs, the menu of every page leads there, for those
// who may have tablets.
func TestK25TheMenuLeadsToTheSimulator(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, "http://127.0.0.1:8090/")
	w.user("viewer", "vera@acme.example", w.north.ID)
	for _, path := range []string{"/", "/devices", "/invitations", "/help"} {
		w.as(w.admin.Email).get(path).shows(t, http.StatusOK, `href="http://127.0.0.1:8090/"`, "Tablet simulator")
	}
	w.as("vera@acme.example").get("/").hides(t, "Tablet simulator")
	without := newWorld(t)
	without.as(without.admin.Email).get("/devices").hides(t, "Tablet simulator")
}

// K3: who is known only keeps neither the entry nor the way to the launch alive, and
// the row offers nothing.
func TestK3KnownOnlyIsNotPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	known := invite.RosterEntry{Contact: invite.Contact{ExternalID: "K1", Email: "known@example.com"}, LastName: "Knownonly"}
	id := must(w.store.SyncRoster(t.Context(), w.admin.Actor(), []invite.RosterEntry{known}, invite.RosterSync{}))(t)[0].Profile
	b.get("/").hides(t, `href="/invitations?status=to-come"`, `href="/launch"`)
	b.get("/invitations").hides(t, `name="one"`, "/hand-out")
	b.get("/employees/"+string(id)).hides(t, "/hand-out", ">Invite<")
	b.post("/invitations/review", url.Values{"all": {"1"}}).shows(t, http.StatusOK, "Nothing would be sent", "No member: known only")
	b.post("/employees/"+string(id)+"/hand-out", nil).leadsTo(t, "/employees/"+string(id))
}

// W22, W23: an integration's token has a box on the page of accounts: whom it creates
// is invited; one that creates nobody has none.
func TestW22W23TheBoxOfAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.get("/users").shows(t, http.StatusOK, `type="checkbox" name="auto_invite"`)
	b.post("/users/tokens", url.Values{"name": {"HR"}, "expires": {"90"}, "scope": {"accounts:manage"}})
	b.post("/users/tokens", url.Values{"name": {"Reader"}, "expires": {"90"}, "scope": {"roster:read"}})
	ticked := func() bool {
		t.Helper()
		page := b.get("/users").body
		if n := strings.Count(page, "/invites\""); n != 1 {
			t.Fatalf("%d tokens have a box", n)
		}
		return !strings.Contains(page, `name="on" value="1"`)
	}
	if ticked() {
		t.Error("ticked by itself")
	}
	path := regexp.MustCompile(`action="(/users/tokens/[^"]+/invites)"`).FindStringSubmatch(b.get("/users").body)[1]
	b.post(path, url.Values{"on": {"1"}})
	if !ticked() {
		t.Error("not ticked")
	}
	b.post(path, url.Values{})
	if ticked() {
		t.Error("still ticked")
	}
	w.user("site-manager", "mia@acme.example", w.north.ID)
	w.as("mia@acme.example").post(path, url.Values{"on": {"1"}}).shows(t, http.StatusForbidden)
}
