package ui_test

import (
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/ui"
)

// FuzzPhoto gives the kiosk photos that are none: a person then sees initials.
func FuzzPhoto(f *testing.F) {
	good := photo(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("GIF89a"))
	f.Add([]byte{0xFF, 0xD8, 0xFF})
	f.Fuzz(func(t *testing.T, jpeg []byte) {
		s := open(t, ui.Options{}, sizes["800x480"])
		s.Show(ui.Result{Receipt: punch(anna, attendance.In), Photo: jpeg, Settings: settings})
		if !s.says("Anna Petrova") {
			t.Errorf("a photo took the name away: %v", s.texts())
		}
	})
}

// FuzzScenes gives the kiosk whatever texts may come from elsewhere.
func FuzzScenes(f *testing.F) {
	f.Add("Anna", "Petrova", "de", "Europe/Berlin", "BCDF-GHJK", int64(0))
	f.Add("", "", "", "", "", int64(-1))
	f.Add("\x00\xff\n\t", "𝔘𝔫𝔦\u202ecode", "x-klingon", "../../etc/passwd", "{{.Name}}", int64(1)<<62)
	f.Add("-", "--", "en-US-u-hc-h23", "Local", "https://", int64(1))
	f.Fuzz(func(t *testing.T, a, b, lang, zone, code string, n int64) {
		s := open(t, ui.Options{Language: lang}, sizes["800x480"])
		set := device.Settings{Site: a, Device: b, Language: lang, TimeZone: zone, ResultTime: time.Duration(n)}
		p := attendance.Profile{ID: attendance.ProfileID(a), FirstName: a, LastName: b, Language: lang}
		for _, scene := range []ui.Scene{
			ui.Activation{Step: ui.ActivationStep(n), UserCode: code, URL: a, QR: code, Words: []string{a, b}, Problem: code, Expires: time.Unix(n%1e11, 0)},
			ui.Ready{Settings: set},
			ui.Result{Receipt: attendance.Receipt{Accepted: true, Profile: p, Today: time.Duration(n), Week: time.Duration(n)}, Settings: set},
			ui.Result{Receipt: attendance.Receipt{Reason: attendance.Reason(code)}, Settings: set},
			ui.Capture{Name: a + b, Failed: attendance.Reason(code), Expires: time.Unix(n%1e11, 0)},
			ui.Fault{Reader: device.ReaderState(code), Detail: a},
			ui.Locked{Message: a, Site: b, Device: code},
		} {
			s.SetStatus(ui.Status{Link: device.Link{Since: time.Unix(n%1e11, 0)}, Waiting: int(n), Reader: device.ReaderState(code)})
			s.Show(scene)
			for _, r := range code {
				s.TypedRune(r)
			}
		}
	})
}
