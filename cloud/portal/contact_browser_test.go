package portal_test

import (
	"net/url"
	"testing"

	"muster/internal/chromium"
	"muster/invite"
)

// On a phone, in each language: another address, the password, and the code.
func TestOwnAddressOnAPhone(t *testing.T) {
	axe := chromium.Axe(t, "../..")
	for _, language := range []string{"en", "de", "ru"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.policy(false, false)
			p := w.active("Maximiliane-Theodora", "von Habenichts-Oberschleißheim", "maximiliane@example.com")
			if err := w.store.SetOwnLanguage(t.Context(), invite.Self{Org: w.admin.Org, Profile: p.ID}, language); err != nil {
				t.Fatal(err)
			}
			win := w.chromium(360)
			look := func(name string) {
				t.Helper()
				win.shot(language + "-contact-" + name)
				win.fits(axe)
			}
			win.open("/my/login?next=" + url.QueryEscape("/my/details"))
			win.fill("#f-name", p.Number)
			win.fill("#f-password", password)
			win.click("button[type=submit]")
			win.until(`location.pathname === "/my/details"`)
			win.eval(`document.querySelector("#f-email").value = "maximiliane-theodora.von-habenichts@a-long-name-of-a-company.example"`)
			win.click("main form[action] button[type=submit]")
			win.until(`document.querySelector("#f-current")`)
			look("1-password")
			win.fill("#f-current", password)
			win.click("main form[action] button[type=submit]")
			win.until(`location.pathname === "/my/contact"`)
			look("2-code")
			win.fill("#f-code", "12345678")
			win.click("main form[action] button[type=submit]")
			win.until(`document.querySelector(".is-invalid")`)
			look("3-wrong")
			win.open("/my/details")
			look("4-details")
			win.open("/my/more")
			look("5-more")
			win.open("/my/contact")
			win.eval(`(document.querySelector("#f-code").value = "` + w.code("maximiliane-theodora.von-habenichts@a-long-name-of-a-company.example") + `")`)
			win.click("main form[action] button[type=submit]")
			win.until(`location.pathname === "/my/details"`)
			look("6-confirmed")
		})
	}
}
