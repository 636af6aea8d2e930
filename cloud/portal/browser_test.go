package portal_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"muster/attendance"
	"muster/internal/chromium"
	"muster/invite"
)

// shot keeps a picture of the page where somebody asked for pictures to look at.
func (win *window) shot(name string) {
	win.t.Helper()
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		return
	}
	win.until(`document.readyState === "complete"`)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
		win.t.Fatal(err)
	}
}

// choose puts a file into a file field, as a person does who picks one.
func (win *window) choose(css string, file []byte) {
	win.t.Helper()
	win.eval(`(() => {
		const bytes = Uint8Array.from(atob("` + base64.StdEncoding.EncodeToString(file) + `"), c => c.charCodeAt(0));
		const list = new DataTransfer();
		list.items.add(new File([bytes], "me.jpg", { type: "image/jpeg" }));
		const input = document.querySelector("` + css + `");
		input.files = list.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	})()`)
}

// B7, J6 to J8, K5, K17: on a phone, from the link to the first day, in each
// language, by day and by night, on a wide phone and on the narrowest.
func TestK5J6J7ClaimOnAPhone(t *testing.T) {
	axe := chromium.Axe(t, "../..")
	for _, c := range []struct {
		language    string
		width       int64
		dark        bool
		first, last string
		good        string
	}{
		{"en", 360, false, "Anna", "Bergmann", "violet kettle sings"},
		{"de", 320, true, "Maximiliane-Theodora", "von Habenichts-Oberschleißheim zu Donaudampfschiff", "lila Kessel singt laut"},
		{"ru", 320, false, "Екатерина", "Константинопольская", "синий чайник поёт"},
	} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.policy(true, true)
			p := w.person(c.first, c.last, "person@example.com")
			win := w.chromium(c.width)
			win.dark(c.dark)
			look := func(name string) {
				t.Helper()
				win.shot(c.language + "-" + name)
				win.fits(axe)
			}
			here := "/join/" + w.invited(p)
			win.open(here)
			if c.language != "en" {
				win.click(`.door-languages a[lang="` + c.language + `"]`)
				win.until(`document.documentElement.lang === "` + c.language + `"`)
			}
			look("1-join")
			if s := w.state(p); s.Account != invite.Invited {
				t.Fatalf("opening claimed: %+v", s)
			}
			win.fill("#f-password", "passwort")
			win.until(`document.querySelector("#standard .strength")`)
			win.click("button[type=submit]")
			win.until(`document.querySelector(".is-invalid")`)
			look("2-join-wrong")
			win.click(".peek-button")
			if win.eval(`document.querySelector("#f-password").type`) != "text" {
				t.Error("the password can't be shown")
			}
			win.fill("#f-password", c.good)
			win.until(`document.querySelector("#standard .standard-good")`)
			look("3-join-good")
			win.click("button[type=submit]")
			win.until(`location.pathname === "/my/start/details"`)
			look("4-details")
			win.fill("#f-phone", "0151")
			win.click("main form[action] button[type=submit]")
			win.until(`document.querySelector(".is-invalid")`)
			look("5-details-wrong")
			win.eval(`document.querySelector("#f-phone").value = "+49 151 23456789"`)
			win.click("main form[action] button[type=submit]")
			win.until(`location.pathname === "/my/start/photo"`)
			look("6-photo")
			win.choose("#f-photo", []byte("no photo at all"))
			win.until(`!document.querySelector("[data-crop-wrong]").hidden`)
			win.choose("#f-photo", picture(t, 900, 600))
			win.until(`document.querySelector(".cropper-container")`)
			win.click(`[data-crop-do="in"]`)
			win.click(`[data-crop-do="turn"]`)
			look("7-crop")
			win.click("form.crop > button[type=submit]")
			win.until(`location.pathname === "/my/welcome"`)
			look("8-welcome")
			if s := w.state(p); s.Account != invite.Active {
				t.Fatalf("%+v", s)
			}
			win.click("a.btn-primary")
			win.until(`location.pathname === "/my"`)
			w.rounds(t, p)
			for _, page := range []string{"", "/punches", "/more", "/details", "/photo", "/cards", "/invitations", "/language", "/password", "/help", "/nothing"} {
				win.open("/my" + page)
				name := "9-my"
				if page != "" {
					name += "-" + page[1:]
				}
				look(name)
			}
			win.open(here)
			look("a-used")
			win.open("/join/unknown")
			look("b-unknown")
			win.open("/my/more")
			win.click(`form[action="/my/logout"] button`)
			win.until(`location.pathname === "/my/login"`)
			look("c-login")
			win.fill("#f-name", p.Number)
			win.fill("#f-password", "wrong")
			win.click("button[type=submit]")
			win.until(`document.querySelector(".wrong-form")`)
			look("d-login-wrong")
			win.open("/my/forgotten")
			look("e-forgotten")
		})
	}
}

// rounds gives somebody a few days of punches and cards.
func (w *world) rounds(t *testing.T, p attendance.Profile) {
	t.Helper()
	d := w.tablet("Gate 2")
	day := attendance.StartOfWeek(w.now(), w.north.Location())
	today := attendance.StartOfDay(w.now(), w.north.Location())
	for ; day.Before(today); day = day.AddDate(0, 0, 1) {
		d.punch(p, attendance.In, day.Add(8*60*60*1e9+3*60*1e9), sure)
		d.punch(p, attendance.Out, day.Add(16*60*60*1e9+41*60*1e9), unsure)
	}
	d.punch(p, attendance.In, w.now().Add(-90*60*1e9), sure)
	for i := range 3 {
		if err := w.store.AssignUID(t.Context(), w.admin.Actor(), p.ID, []byte{4, byte(i), 0xb2, 0xc3, 0xd4, 0xe5, 0xf6}, "MIFARE"); err != nil {
			t.Fatal(err)
		}
	}
	m := must(w.store.Member(t.Context(), w.admin.Actor(), p.ID))(t)
	if err := w.store.BlockCard(t.Context(), w.admin.Actor(), p.ID, m.Cards[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if err := w.store.EndCard(t.Context(), w.admin.Actor(), p.ID, m.Cards[1].ID); err != nil {
		t.Fatal(err)
	}
}

// B7: a scanner with a real browser, which runs scripts, keeps cookies and presses
// every button it finds, claims and declines nothing.
func TestB7ScannerWithABrowser(t *testing.T) {
	w := newWorld(t)
	p := w.person("Anna", "Bergmann", "anna@example.com")
	here := "/join/" + w.invited(p)
	win := w.chromium(1280)
	for _, path := range []string{here, here + "/decline"} {
		win.open(path)
		win.eval(`document.querySelector("form button[type=submit]").click()`)
		win.until(`document.querySelector(".wrong, .wrong-form")`)
		// It fills in what it finds.
		win.eval(`(() => { for (const i of document.querySelectorAll("form input:not([type=hidden])")) { if (i.type === "checkbox") i.checked = true; else i.value = "correct horse battery"; } })()`)
		win.eval(`(document.body.dataset.old = "1", document.querySelector("form button[type=submit]").click())`)
		win.until(`!document.body.dataset.old && document.querySelector(".wrong-form")`)
	}
	if s := w.state(p); s.Account != invite.Invited || s.Delivery != invite.Opened {
		t.Errorf("%+v", s)
	}
}
