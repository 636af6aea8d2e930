package ui_test

import (
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/ui"
)

func TestLanguageChosenComesBack(t *testing.T) {
	s := open(t, ui.Options{Language: "en"}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: speaking("de")})
	if !s.says("Halten Sie Ihre Karte hierher") {
		t.Fatalf("the site's language is not spoken: %v", s.texts())
	}
	if !s.tap("language ru") || !s.says("Приложите карту сюда") {
		t.Fatalf("the switch does nothing: %v", s.texts())
	}
	s.clock.turn(30 * time.Second)
	s.tap("language en")
	s.clock.turn(59 * time.Second)
	if !s.says("Hold your card here") {
		t.Error("the choice did not hold for a minute")
	}
	s.clock.turn(time.Second)
	if !s.says("Halten Sie Ihre Karte hierher") {
		t.Error("the site's language did not come back")
	}
}

func TestPersonsOwnLanguage(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: speaking("de")})
	for lang, greeting := range map[string]string{"": "Guten Morgen,", "ru": "Доброе утро,", "en-GB": "Good morning,", "fr": "Good morning,"} {
		p := anna
		p.Language = lang
		s.Show(ui.Result{Receipt: punch(p, attendance.In), Settings: speaking("de")})
		if !s.says(greeting) {
			t.Errorf("language %q: %v, want %q", lang, s.texts(), greeting)
		}
	}
	p := anna
	p.Language = "ru"
	refused := refusal(attendance.BlockedPerson)
	refused.Profile = p
	s.Show(ui.Result{Receipt: refused, Settings: speaking("de")})
	if !s.says("Сейчас вы не можете отметиться.") {
		t.Errorf("a refusal is not in the person's language: %v", s.texts())
	}
	s.clock.turn(3 * time.Second)
	if !s.says("Halten Sie Ihre") {
		t.Error("the kiosk goes on in the last person's language")
	}
	s.tap("language en") // somebody without a language of their own chose one
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: speaking("de")})
	if !s.says("Good morning,") {
		t.Errorf("the language chosen at the screen is not used for the result: %v", s.texts())
	}
}

func TestGreetingFollowsTheSitesClock(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	for utc, greeting := range map[int]string{3: "Good evening,", 4: "Good morning,", 10: "Good morning,", 11: "Good afternoon,", 16: "Good afternoon,", 17: "Good evening,"} {
		r := punch(anna, attendance.In)
		r.Punch.At = time.Date(2026, 11, 23, utc, 30, 0, 0, time.UTC) // Berlin is an hour later
		s.Show(ui.Result{Receipt: r, Settings: settings})
		if !s.says(greeting) {
			t.Errorf("at %d:30 in Berlin: %v, want %q", utc+1, s.texts(), greeting)
		}
	}
	s.Show(ui.Result{Receipt: punch(anna, attendance.Out), Settings: settings})
	if !s.says("Goodbye,") || !s.says("OUT") {
		t.Errorf("leaving: %v", s.texts())
	}
}

func TestTimesByLocale(t *testing.T) {
	afternoon := settings
	for lang, want := range map[string][]string{
		"en": {"15:58", "Monday 23 November"}, "en-US": {"3:58 PM", "Monday, November 23"}, "en-GB": {"15:58", "Monday 23 November"},
		"de": {"15:58", "Montag, 23. November"}, "de-AT": {"15:58", "Montag, 23. November"},
		"ru": {"15:58", "Понедельник, 23 ноября"}, "nonsense!": {"15:58", "Monday 23 November"},
	} {
		s := open(t, ui.Options{}, sizes["1280x800"])
		afternoon.Language = lang
		s.clock.turn(8 * time.Hour)
		s.Show(ui.Ready{Settings: afternoon})
		for _, w := range want {
			if !slices.Contains(s.texts(), w) {
				t.Errorf("%s: %v lacks %q", lang, s.texts(), w)
			}
		}
	}
}

func TestBarCountsByPlural(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: speaking("ru")})
	for n, want := range map[int]string{1: "1 запись хранится", 2: "2 записи хранятся", 5: "5 записей", 11: "11 записей", 21: "21 запись хранится", 112: "112 записей"} {
		s.SetStatus(ui.Status{Link: device.Link{Since: monday.Add(-time.Hour)}, Waiting: n, Reader: device.ReaderReady})
		if !s.says(want) {
			t.Errorf("%d: %v, want %q", n, s.texts(), want)
		}
	}
	s.Show(ui.Ready{Settings: speaking("en")})
	for n, want := range map[int]string{1: "1 entry is kept", 2: "2 entries are kept"} {
		s.SetStatus(ui.Status{Link: device.Link{Since: monday.Add(-time.Hour)}, Waiting: n, Reader: device.ReaderReady})
		if !s.says(want) {
			t.Errorf("%d: %v, want %q", n, s.texts(), want)
		}
	}
}

func TestBarSaysSinceWhen(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	for ago, want := range map[time.Duration]string{
		46 * time.Minute: "Offline since 07:12", 20 * time.Hour: "Offline since Sunday 11:58", 240 * time.Hour: "Offline since 13 November 07:58",
	} {
		s.SetStatus(ui.Status{Link: device.Link{Since: monday.Add(-ago)}})
		if !s.says(want) {
			t.Errorf("%v: %v, want %q", ago, s.texts(), want)
		}
	}
	s.SetStatus(ui.Status{Link: device.Link{Online: true, Since: monday}, Waiting: 4, Reader: device.ReaderFailing})
	if !s.says("Connected") || !s.says("4 entries are being sent") || !s.says("Reader fault") {
		t.Errorf("online again: %v", s.texts())
	}
}

// Before its activation a tablet has no site, hence no zone: it tells no time of day
// that a manager would take for theirs.
func TestBarTellsNoTimeWithoutAZone(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	for ago, want := range map[time.Duration]string{
		20 * time.Second: "Offline", time.Minute: "Offline for 1 minute", 46 * time.Minute: "Offline for 46 minutes", 20 * time.Hour: "Offline for 20 hours", 240 * time.Hour: "Offline for 10 days",
	} {
		s.SetStatus(ui.Status{Link: device.Link{Since: monday.Add(-ago)}})
		if !slices.Contains(s.texts(), want) {
			t.Errorf("%v: %v, want %q", ago, s.texts(), want)
		}
	}
	s.SetStatus(ui.Status{Link: device.Link{Since: monday.Add(-46 * time.Minute)}})
	s.clock.turn(2 * time.Minute) // it is drawn anew at each full minute
	if !s.says("Offline for 47 minutes") {
		t.Errorf("minutes later: %v", s.texts())
	}
}

// A list of people that is not the newest says so, but not twice what "offline
// since" says already.
func TestBarSaysHowOldThePeopleAre(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	for _, c := range []struct {
		online bool
		ago    time.Duration
		want   bool
	}{{true, 59 * time.Minute, false}, {true, 61 * time.Minute, true}, {false, 20 * time.Hour, false}, {false, 25 * time.Hour, true}} {
		for lang, words := range map[string]string{"en": "People list of", "de": "Personenliste von", "ru": "Список людей:"} {
			s.Show(ui.Ready{Settings: speaking(lang)})
			s.SetStatus(ui.Status{Link: device.Link{Online: c.online, Since: monday.Add(-c.ago)}, Roster: monday.Add(-c.ago), Reader: device.ReaderReady})
			if s.says(words) != c.want {
				t.Errorf("%s, online %v, list of %v ago: %v", lang, c.online, c.ago, s.texts())
			}
		}
	}
	s.SetStatus(ui.Status{Link: device.Link{Online: true, Since: monday}, Waiting: 4, Roster: monday.Add(-2 * time.Hour)})
	if !s.says("4") {
		t.Errorf("what waits is not said beside an old list: %v", s.texts())
	}
}

// TestEveryRefusalHasItsOwnWords holds each reason to words, a picture and a
// code that no other has.
func TestEveryRefusalHasItsOwnWords(t *testing.T) {
	for _, lang := range ui.Languages {
		seen := map[string]attendance.Reason{}
		drawn := map[image.Image]attendance.Reason{}
		s := open(t, ui.Options{}, sizes["800x480"])
		for _, r := range reasons {
			s.Show(ui.Result{Receipt: refusal(r), Settings: speaking(lang)})
			if !s.says(r.Code()) {
				t.Errorf("%s %s: no support code in %v", lang, r, s.texts())
			}
			words := strings.ReplaceAll(strings.Join(s.texts(), " "), r.Code(), "")
			if other, ok := seen[words]; ok {
				t.Errorf("%s: %s reads like %s: %s", lang, r, other, words)
			}
			seen[words] = r
			pictures := s.images()
			if other, ok := drawn[pictures[len(pictures)-1]]; ok {
				t.Errorf("%s: %s looks like %s", lang, r, other)
			}
			drawn[pictures[len(pictures)-1]] = r
		}
	}
}
