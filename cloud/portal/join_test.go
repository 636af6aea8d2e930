package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/invite"
)

// B7: a mail scanner opens the link again and again, follows what it finds, and
// posts the forms with whatever comes to its mind. The person still gets the
// account, and nobody before.
func TestB7ScannersClaimNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	scanner := w.browser()
	for range 3 {
		scanner.get(here).shows(t, http.StatusOK, "Hello Anna", "Acme Logistics")
	}
	if s := w.state(p); s.Account != invite.Invited || s.Delivery != invite.Opened {
		t.Fatalf("after opening: %+v", s)
	}
	scanner.do(http.MethodHead, here, "", http.NoBody)
	scanner.get(here + "/decline")
	page := scanner.get(here)
	token := page.token(t)
	other := w.browser()
	for what, form := range map[string]url.Values{
		"nothing":                      {},
		"only the hidden field":        {"token": {token}},
		"an empty password":            {"token": {token}, "password": {""}},
		"junk in every field":          {"token": {token}, "password": {"correct horse battery"}, "website": {"http://scanner.example"}},
		"a password of a wordlist":     {"token": {token}, "password": {"Password1234"}},
		"a good password, no token":    {"password": {"correct horse battery"}},
		"a good password, wrong one":   {"token": {token[1:] + token[:1] + "x"}, "password": {"correct horse battery"}},
		"the button alone, by name":    {"token": {token}, "submit": {"1"}},
		"declining without being sure": {"token": {token}},
	} {
		path := here
		if strings.HasPrefix(what, "declining") {
			path += "/decline"
		}
		if a := scanner.post(path, form); a.StatusCode != http.StatusUnprocessableEntity && a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", what, a.Status)
		}
	}
	// The token is bound to the browser that was shown the page.
	other.post(here, url.Values{"token": {token}, "password": {password}}).shows(t, http.StatusUnprocessableEntity, "try once more")
	if s := w.state(p); s.Account != invite.Invited || s.Delivery != invite.Opened {
		t.Fatalf("after all that: %+v", s)
	}
	phone := w.browser()
	token = phone.get(here).token(t)
	phone.post(here, url.Values{"token": {token}, "password": {password}}).leadsTo(t, "/my/start")
	if s := w.state(p); s.Account != invite.Claiming {
		t.Errorf("after the person's button: %+v", s)
	}
}

// B7, J6 to J8: the whole way without a script, in the language that was chosen.
func TestB7J6J7J8WithoutScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(true, true)
	p := w.person("Борис", "Петров", "boris@example.com")
	here := "/join/" + w.invited(p)
	b := w.browser()
	page := b.get(here).shows(t, http.StatusOK, "Hello Борис", "Acme Logistics", "Step 1 of 3", "At least 12 characters")
	if strings.Contains(page.body, "Петров") || strings.Contains(page.body, "boris@example.com") {
		t.Error("more than the first name is told to whoever holds the phone")
	}
	b.get(here+"?language=ru").leadsTo(t, here)
	page = b.get(here).shows(t, http.StatusOK, `lang="ru"`, "Здравствуйте, Борис!", "Шаг 1 из 3")
	b.post(here, url.Values{"token": {page.token(t)}, "password": {"пароль123456"}}).shows(t, http.StatusUnprocessableEntity, "быстро подберут")
	b.post(here, url.Values{"token": {page.token(t)}, "password": {"короткий"}}).shows(t, http.StatusUnprocessableEntity, "не меньше 12 знаков")
	b.post(here, url.Values{"token": {page.token(t)}, "password": {"синий чайник поёт"}}).leadsTo(t, "/my/start")

	b.get("/my").leadsTo(t, "/my/start/details") // nothing can be skipped
	b.get("/my/start/photo").leadsTo(t, "/my/start/details")
	b.get("/my/welcome").leadsTo(t, "/my/start/details")
	b.get("/my/start").leadsTo(t, "/my/start/details")
	b.get("/my/start/details").shows(t, http.StatusOK, "Шаг 2 из 3", "Петров", p.Number, "Site North")
	b.post("/my/start/details", url.Values{"email": {"boris@"}, "phone": {"0912"}, "language": {"ru"}}).
		shows(t, http.StatusUnprocessableEntity, "Это не адрес", `value="boris@"`)
	b.post("/my/start/details", url.Values{"email": {"boris@Example.COM"}, "phone": {"+7 912 345-67-89"}, "language": {"ru"}}).leadsTo(t, "/my/start")
	if s := w.state(p); s.Account != invite.Claiming {
		t.Fatalf("active before the photo: %+v", s)
	}
	b.get("/my/start/photo").shows(t, http.StatusOK, "Шаг 3 из 3", "до 8 МБ")
	b.upload("/my/start/photo", "", "", nil).shows(t, http.StatusUnprocessableEntity, "Заполните")
	heic := append([]byte{0, 0, 0, 24}, "ftypheic\x00\x00\x00\x00mif1heic"...)
	b.upload("/my/start/photo", "photo", "IMG_0001.HEIC", heic).shows(t, http.StatusUnprocessableEntity, "HEIC")
	b.upload("/my/start/photo", "photo", "notes.pdf", []byte("%PDF-1.4")).shows(t, http.StatusUnprocessableEntity, "не читается")
	b.upload("/my/start/photo", "photo", "big.jpg", make([]byte, 9<<20)).shows(t, http.StatusUnprocessableEntity, "слишком большой")
	b.upload("/my/start/photo", "photo", "huge.jpg", make([]byte, 13<<20)).shows(t, http.StatusUnprocessableEntity, "слишком большой")
	b.upload("/my/start/photo", "camera", "me.jpg", picture(t, 400, 300)).leadsTo(t, "/my/start")
	if s := w.state(p); s.Account != invite.Active || s.Status() != invite.Activated {
		t.Fatalf("%+v", s)
	}
	b.get("/my/start").leadsTo(t, "/my/welcome")
	b.get("/my/welcome").shows(t, http.StatusOK, "Готово, Борис!", p.Number)
	own := must(w.store.Own(t.Context(), invite.Self{Org: w.admin.Org, Profile: p.ID}))(t)
	if own.Contact.Email != "boris@example.com" || own.Contact.Phone != "+79123456789" || own.Profile.Language != "ru" || own.Profile.Photo == "" {
		t.Errorf("%+v", own)
	}
	for _, path := range []string{"/my", "/my/punches", "/my/more", "/my/details", "/my/photo", "/my/cards", "/my/invitations", "/my/language", "/my/password", "/my/help"} {
		b.get(path).shows(t, http.StatusOK, `lang="ru"`)
	}
	if a := b.get("/my/portrait/" + own.Profile.Photo); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("own photo: %s", a.Status)
	}
	b.get(here).shows(t, http.StatusGone, "Ваша учётная запись готова")
}

// B6: each link that is good no more says kindly what to do; one that nobody was
// sent says no more than that.
func TestB6OldLinksSayWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	b := w.browser()
	b.head.Set("Accept-Language", "de")
	p := w.person("Anna", "Bergmann", "anna@example.com")
	first := w.invited(p)
	w.ahead.Add(int64(25 * time.Hour))
	second := w.invited(p)
	b.get("/join/"+first).shows(t, http.StatusGone, "There is a newer invitation", "Ask your manager")
	page := b.get("/join/"+second).shows(t, http.StatusOK, "Hello Anna")
	w.ahead.Add(int64(15 * 24 * time.Hour))
	b.get("/join/"+second).shows(t, http.StatusGone, "has expired", "Ask your manager to send")
	b.post("/join/"+second, url.Values{"token": {page.token(t)}, "password": {password}}).shows(t, http.StatusGone, "has expired")
	third := w.invited(p)
	if err := w.store.RevokeInvitation(ctx, w.admin.Actor(), p.ID); err != nil {
		t.Fatal(err)
	}
	b.get("/join/"+third).shows(t, http.StatusGone, "no longer valid")
	unknown := b.get("/join/nobody-was-sent-this").shows(t, http.StatusNotFound, "Dieser Link funktioniert nicht")
	for _, path := range []string{"/join/", "/join/x/y", "/join/nobody-was-sent-this/decline"} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, "/my/login") {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if strings.Contains(unknown.body, "Anna") || strings.Contains(unknown.body, "Acme") {
		t.Error("an unknown link tells something")
	}
}

// Saying no takes a second, deliberate step, and then holds.
func TestB6Decline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	b := w.browser()
	b.get(here).shows(t, http.StatusOK, here+"/decline")
	token := b.get(here+"/decline").shows(t, http.StatusOK, "Decline the invitation?").token(t)
	if s := w.state(p); s.Account != invite.Invited {
		t.Fatalf("asking declined: %+v", s)
	}
	unsure := b.post(here+"/decline", url.Values{"token": {token}})
	unsure.shows(t, http.StatusUnprocessableEntity, "Please tick the box")
	if s := w.state(p); s.Account != invite.Invited || strings.Contains(unsure.body, "cookies") {
		t.Fatalf("without the tick: %+v, %s", s, unsure.body)
	}
	b.post(here+"/decline", url.Values{"token": {token}, "sure": {"yes"}}).shows(t, http.StatusOK, "You have declined")
	if s := w.state(p); s.Account != invite.Inactive || s.Delivery != invite.Declined {
		t.Errorf("%+v", s)
	}
	b.get(here).shows(t, http.StatusGone, "no longer valid")
}

// The address of the page is a secret: nothing hands it on.
func TestB7TheSecretStaysASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	secret := w.invited(p)
	b := w.browser()
	a := b.get("/join/" + secret)
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
			t.Errorf("content policy %q lacks %q", policy, want)
		}
	}
	for _, c := range a.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %+v", c)
		}
	}
	if strings.Contains(a.body, "//") && strings.Contains(a.body, "https://") {
		t.Error("the page names another server")
	}
	if err := w.store.Close(); err != nil { // whatever is asked now fails
		t.Fatal(err)
	}
	b.get("/join/"+secret).shows(t, http.StatusInternalServerError)
	if logged := w.log.String(); !strings.Contains(logged, "/join/{secret}") || strings.Contains(logged, secret) {
		t.Errorf("logged: %s", logged)
	}
}

// Forms that another site sends do nothing; an old phone, which says less about
// where a form comes from, still gets in.
func TestB7FormsFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	for _, head := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}},
	} {
		b := w.browser()
		token := b.get(here).token(t)
		b.head = head
		b.post(here, url.Values{"token": {token}, "password": {password}}).shows(t, http.StatusForbidden, "come from our page")
	}
	if s := w.state(p); s.Account != invite.Invited {
		t.Fatalf("%+v", s)
	}
	old := w.browser()
	token := old.get(here).token(t)
	old.head.Set("Origin", "null") // what a page without a referrer sends
	old.post(here, url.Values{"token": {token}, "password": {password}}).leadsTo(t, "/my/start")
	old.post("/my/start/details", url.Values{"language": {"en"}}).shows(t, http.StatusForbidden)
	old.head.Del("Origin")
	old.post("/my/start/details", url.Values{"language": {"en"}}).leadsTo(t, "/my/start")
}

// Somebody who types wrong links and passwords without end is slowed down.
func TestB7GuessingIsSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	slow := false
	for range 30 {
		slow = slow || b.post("/join/guess", url.Values{"password": {password}}).StatusCode == http.StatusTooManyRequests
	}
	if !slow {
		t.Error("thirty guesses in a row")
	}
}

// Behind TLS no cookie of the portal travels without it, or comes from another
// server of the domain.
func TestB7CookiesBehindTLS(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "https://muster.example")
	p := w.person("Anna", "Bergmann", "anna@example.com")
	a := w.browser().get("/join/" + w.invited(p))
	if len(a.Cookies()) == 0 || a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no cookie, or no HSTS")
	}
	for _, c := range a.Cookies() {
		if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" {
			t.Errorf("%+v", c)
		}
	}
}
