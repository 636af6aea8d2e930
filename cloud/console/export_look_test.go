package console_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"muster/access"
)

// TestLookAudit takes pictures of the audit log, of tokens and of the button by
// which lists are taken away.
func TestLookAudit(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	w, people := crowd(t)
	api := w.admin.Actor()
	api.Origin = access.Origin{Via: access.ViaAPI, Address: "2001:db8:85a3::8a2e:370:7334", Token: "Personalsystem der Zentrale"}
	must(w.store.HandOut(t.Context(), api, people[5].ID))(t)
	must(w.store.IssueToken(t.Context(), api, access.TokenTerms{Name: "HR", Scopes: []access.Scope{access.ScopeAccountsManage, access.ScopeInvitationsSend}, AutoInvite: new(true)}))(t)
	win := w.chromium()
	win.signIn(w.admin.Email)
	for _, l := range []struct {
		language string
		width    int64
		dark     bool
	}{{"en", 1280, false}, {"en", 390, false}, {"de", 1280, true}, {"de", 390, false}, {"ru", 1280, false}, {"ru", 390, true}} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", l.language); err != nil {
			t.Fatal(err)
		}
		win.size(l.width, 844)
		win.dark(l.dark)
		for name, path := range map[string]string{"audit": "/audit", "person": "/audit?person=" + string(people[5].ID), "list": "/invitations", "tokens": "/users"} {
			win.open(path)
			if name == "list" {
				run(win, chromedp.Click(chromedp.CSS(".export summary")))
			}
			if err := os.WriteFile(filepath.Join(dir, at("audit-%s-%s-%d.png", name, l.language, l.width)), run(win, chromedp.FullScreenshot(90)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
