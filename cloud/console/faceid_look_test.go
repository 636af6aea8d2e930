package console_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLookAtFaceID takes pictures of the profile and the rules, for somebody to look
// at.
func TestLookAtFaceID(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures put there")
	}
	w, given, self := facesWorld(t)
	asked, _ := w.answering("Asta")
	declined, no := w.answering("Maximiliane-Theodora")
	ctx, admin := t.Context(), w.admin.Actor()
	if err := errors.Join(w.store.RequestFaceID(ctx, admin, given.ID), w.store.RequestFaceID(ctx, admin, asked.ID), w.store.RequestFaceID(ctx, admin, declined.ID),
		w.store.DeclineFaceID(ctx, no)); err != nil {
		t.Fatal(err)
	}
	w.give(self)
	win := w.chromium()
	win.signIn(w.admin.Email)
	for _, l := range []struct {
		language string
		width    int64
	}{{"en", 1280}, {"de", 1280}, {"de", 390}, {"ru", 1280}, {"ru", 390}} {
		if err := w.store.ChangeOwnAccount(ctx, admin, "Ada Admin", l.language); err != nil {
			t.Fatal(err)
		}
		win.size(l.width, 900)
		for name, path := range map[string]string{
			"given": "/employees/" + string(given.ID), "asked": "/employees/" + string(asked.ID), "declined": "/employees/" + string(declined.ID),
			"reset": "/employees/" + string(given.ID) + "/face/reset", "policy": "/invitations/policy",
		} {
			win.open(path)
			win.until(`document.readyState === "complete"`)
			at := filepath.Join(dir, "console-"+l.language+"-"+at("%d", l.width)+"-"+name+".png")
			if err := os.WriteFile(at, run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
