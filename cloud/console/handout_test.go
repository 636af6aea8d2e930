package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/invite"
)

// K13, K14, W25: a code is made for somebody who can't be written to; it is shown
// once, with the Muster ID, and lets the person in.
func TestK14HandOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	zoe := w.reached("Zoe", "Handy", invite.Contact{}, w.north.ID)
	b := w.as(w.admin.Email)
	page := "/employees/" + string(zoe.ID)
	for _, from := range []string{page, "/invitations"} {
		b.get(from).shows(t, 200, `href="`+page+`/hand-out"`)
	}
	b.get(page+"/hand-out").shows(t, 200, "Earlier codes and links of this person stop working.", "The code is shown once.")
	shown := b.post(page+"/hand-out", nil)
	shown.shows(t, 200, "Code for Zoe Handy", zoe.Number, "/my/login", `data-copy="access-code"`, `data-copy="muster-id"`, `class="qr"`)
	code := regexp.MustCompile(`id="access-code" value="([^"]+)"`).FindStringSubmatch(shown.body)[1]
	if in, err := w.store.SignIn(t.Context(), zoe.Number, code); err != nil || in.Self.Profile != zoe.ID {
		t.Errorf("the code lets in %+v, %v", in, err)
	}
	b.get(page).hides(t, code)
	again := b.post(page+"/hand-out", nil)
	again.hides(t, code)
	if _, err := w.store.SignIn(t.Context(), zoe.Number, code); err == nil {
		t.Error("the earlier code is good still")
	}
}

// W26: a sheet for each of a selection, made anew.
func TestW26PrintSheets(t *testing.T) {
	t.Parallel()
	w, people := crowd(t)
	b := w.as(w.admin.Email)
	all := url.Values{"all": {"1"}, "reach": {"hand"}}
	review := b.post("/invitations/print", all)
	review.shows(t, 200, "Print codes for 5 people?", "Their earlier codes and links stop working.", "Slips to cut")
	if len(w.joined.printed) != 0 {
		t.Fatal("looking prints")
	}
	form := review.carried()
	form.Set("kind", "letters")
	file := b.post("/invitations/print/file", form)
	file.shows(t, 200, "%PDF")
	if kind := file.Header.Get("Content-Type"); kind != "application/pdf" || !strings.Contains(file.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s, %v", kind, file.Header)
	}
	if len(w.joined.printed) != 1 {
		t.Fatalf("%d files", len(w.joined.printed))
	}
	p := w.joined.printed[0]
	if p.Slips || len(p.Codes) != 5 || p.Organisation != "Acme Logistics" || p.Codes[0].Code == "" || p.Codes[0].Site == "" || p.Codes[0].Language != "en" {
		t.Errorf("%+v", p)
	}
	b.post("/invitations/print", url.Values{"id": {string(people[20].ID)}}).shows(t, 200, "None of these people can get a code")
	b.post("/invitations/print", url.Values{}).leadsTo(t, "/invitations")
}

// From a profile: take back, end, and begin again.
func TestK10AccountSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.ask(anna)
	b := w.as(w.admin.Email)
	page := "/employees/" + string(anna.ID)
	for _, s := range [][3]string{
		{"revoke", "Take back the invitation of Anna Berg?", "The invitation is taken back."},
		{"deactivate", "Deactivate the account of Anna Berg?", "The account is deactivated."},
		{"reactivate", "Reactivate the account of Anna Berg?", "The account is silent again."},
	} {
		b.get(page).shows(t, 200, page+"/account/"+s[0])
		b.get(page+"/account/"+s[0]).shows(t, 200, s[1])
		b.post(page+"/account/"+s[0], nil).leadsTo(t, page)
		b.get(page).shows(t, 200, s[2])
	}
	b.post(page+"/account/revoke", nil).leadsTo(t, page)
	b.get(page).shows(t, 200, "That isn&#39;t possible any more")
	b.get(page+"/account/explode").shows(t, http.StatusNotFound)
	b.post(page+"/account/explode", nil).shows(t, http.StatusNotFound)
}

// P10 to P12: what can't be a number is refused at its field, with what was probably
// meant at a press; W19: who is added is invited at once where somebody wants it.
func TestP12ContactOfAProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	policy := invite.DefaultPolicy
	policy.SMS, policy.Region = true, "RU"
	if err := w.store.SetPolicy(t.Context(), w.admin.Actor(), policy); err != nil {
		t.Fatal(err)
	}
	b := w.as(w.admin.Email)
	form := url.Values{"first_name": {"Anna"}, "last_name": {"Berg"}, "sites": {string(w.north.ID)}, "phone": {"9051111111"}, "email": {"no address"}, "external_id": {"SAP-1"}}
	wrong := b.post("/employees/new", form)
	wrong.shows(t, http.StatusUnprocessableEntity, "The number has no country code.", "Not an email address.", `name="use_phone" value="&#43;79051111111"`, "Use &#43;79051111111", `value="no address"`)
	form.Set("use_phone", "+79051111111")
	form.Del("email")
	form.Set("invite", "1")
	added := b.post("/employees/new", form)
	page := added.Header.Get("Location")
	added.leadsTo(t, page)
	b.get(page).shows(t, 200, "Added and invited.", "Waiting to be sent", `value="&#43;79051111111"`, `value="SAP-1"`)
	form.Del("use_phone")
	form.Del("phone")
	b.post("/employees/new", form).shows(t, http.StatusUnprocessableEntity)
	form.Set("external_id", "SAP-2")
	form.Del("invite")
	silent := b.post("/employees/new", form).Header.Get("Location")
	b.get(silent).shows(t, 200, "Not invited")
	form.Set("external_id", "SAP-1")
	form.Set("number", "4711")
	b.post(silent, form).shows(t, http.StatusUnprocessableEntity)
	b.post(silent+"/cards", url.Values{"uid": {"nonsense"}}).shows(t, http.StatusUnprocessableEntity, `value="SAP-2"`)
}
