package portal_test

import (
	"testing"

	"muster/attendance/faceid"
	"muster/internal/chromium"
)

// On a phone, in each language: the question on the first page, reading, the picture
// with its preview, the box, and the way back.
func TestK28FaceIDOnAPhone(t *testing.T) {
	axe := chromium.Axe(t, "../..")
	for _, c := range []struct {
		language string
		width    int64
		dark     bool
	}{{"en", 1280, false}, {"de", 390, false}, {"ru", 390, true}} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.faces(true)
			p := w.active("Anna", "Bergmann", "anna@example.com")
			if err := w.store.RequestFaceID(t.Context(), w.admin.Actor(), p.ID); err != nil {
				t.Fatal(err)
			}
			win := w.chromium(c.width)
			win.dark(c.dark)
			look := func(name string) {
				t.Helper()
				win.shot("face-" + c.language + "-" + name)
				win.fits(axe)
			}
			win.open("/my/login?language=" + c.language)
			win.fill("#f-name", p.Number)
			win.fill("#f-password", password)
			win.click("button[type=submit]")
			win.until(`location.pathname === "/my" && document.documentElement.lang === "` + c.language + `"`)
			look("1-asked")
			win.click(".face-asks a")
			win.until(`location.pathname === "/my/face"`)
			look("2-question")
			win.choose("#f-camera", picture(t, 700, 900))
			win.until(`document.querySelector(".cropper-crop-box")?.offsetWidth > 100`)
			win.click("form.crop > button[type=submit]")
			if s := w.faceOf(p).State; s != faceid.Requested {
				t.Fatalf("without the box: %s", s)
			}
			win.click("[name=consent]") // no picture of the page here: making one changes its size, and the cropper follows
			win.click("form.crop > button[type=submit]")
			win.until(`document.querySelector(".face-given")`)
			win.until(`document.querySelector(".face-given").naturalWidth === 480`)
			look("4-given")
			if s := w.faceOf(p).State; s != faceid.Given {
				t.Fatalf("it is %s", s)
			}
			win.click(`form[action="/my/face/withdraw"] button`)
			win.until(`!document.querySelector(".face-given")`)
			look("5-withdrawn")
			win.open("/my/more")
			look("6-more")
			if s := w.faceOf(p).State; s != faceid.Withdrawn {
				t.Fatalf("it is %s", s)
			}
		})
	}
}
