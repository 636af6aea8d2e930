package ui_test

import (
	"bytes"
	"image"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/ui"
)

// says tells whether a text on the screen contains these words.
func (s *stage) says(words string) bool { return strings.Contains(strings.Join(s.texts(), " "), words) }

func TestResultGivesWay(t *testing.T) {
	for _, resultTime := range []time.Duration{0, time.Second, 3 * time.Second, 10 * time.Second} {
		s := open(t, ui.Options{}, sizes["1280x800"])
		set := settings
		set.ResultTime = resultTime
		s.Show(ui.Ready{Settings: set})
		s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: set})
		holds := resultTime
		if holds == 0 {
			holds = device.DefaultResultTime
		}
		s.clock.turn(holds - time.Millisecond)
		if !s.says("Anna") {
			t.Errorf("%v: the result was gone too early", resultTime)
		}
		s.clock.turn(time.Millisecond)
		if s.says("Anna") || !s.says("Hold your card here") {
			t.Errorf("%v: the result is still shown: %v", resultTime, s.texts())
		}
	}
}

func TestNextPersonReplacesResult(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
	s.clock.turn(2 * time.Second)
	boris := attendance.Profile{ID: "b", FirstName: "Boris", LastName: "Ivanov"}
	s.Show(ui.Result{Receipt: punch(boris, attendance.Out), Settings: settings})
	if !s.says("Boris") || s.says("Anna") {
		t.Fatalf("the next person's result is not shown at once: %v", s.texts())
	}
	s.clock.turn(2 * time.Second) // the first result's time is over now
	if !s.says("Boris") {
		t.Error("the second result was cut short by the first one's time")
	}
	s.clock.turn(time.Second)
	if s.says("Boris") {
		t.Error("the second result stays")
	}
}

func TestReadyWaitsForResult(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
	changed := settings
	changed.Device = "Gate 9"
	s.Show(ui.Ready{Settings: changed})
	if !s.says("Anna") {
		t.Error("a change of settings took the result off the screen")
	}
	s.clock.turn(3 * time.Second)
	if !s.says("Gate 9") {
		t.Errorf("the change of settings was lost: %v", s.texts())
	}
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: changed})
	s.Show(ui.Fault{Reader: device.ReaderMissing})
	if s.says("Anna") || !s.says("isn’t connected") {
		t.Error("a fault must be seen at once")
	}
}

// TestResultReturnsToWhatWas refuses a card on a locked tablet, which stays locked.
func TestResultReturnsToWhatWas(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Locked{Message: "Stocktaking"})
	s.Show(ui.Result{Receipt: refusal(attendance.Locked), Settings: settings})
	if !s.says("T3") || !s.says("This tablet is closed.") || !s.says("another tablet") {
		t.Fatalf("the refusal is not shown: %v", s.texts())
	}
	s.clock.turn(3 * time.Second)
	if !s.says("Stocktaking") {
		t.Errorf("the tablet unlocked itself: %v", s.texts())
	}
}

// TestCaptureOnLockedTablet assigns a card where nobody may punch.
func TestCaptureOnLockedTablet(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Locked{Message: "Stocktaking"})
	s.Show(ui.Capture{Name: "Anna Petrova", Done: true})
	s.clock.turn(3 * time.Second)
	if !s.says("Stocktaking") {
		t.Errorf("the tablet unlocked itself: %v", s.texts())
	}
}

// TestResultBeforeAnythingElse gives way to Ready.
func TestResultBeforeAnythingElse(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
	s.clock.turn(3 * time.Second)
	if !s.says("Hold your card here") || !s.says("Site Nord") {
		t.Errorf("after the result: %v", s.texts())
	}
}

func TestCaptureEnds(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	s.Show(ui.Capture{Name: "Anna Petrova", Expires: monday.Add(time.Minute)})
	s.clock.turn(59 * time.Second)
	if !s.says("Anna") {
		t.Error("the capture ended early")
	}
	s.clock.turn(time.Second)
	if s.says("Anna") {
		t.Error("an expired capture still shows the name")
	}
	for _, answer := range []ui.Capture{{Name: "Anna Petrova", Done: true}, {Name: "Anna Petrova", Failed: attendance.RandomCard}} {
		s.Show(answer)
		if !s.says("Anna") {
			t.Error("the answer does not say whose card it is")
		}
		s.Show(ui.Ready{Settings: settings})
		if !s.says("Anna") {
			t.Error("the answer was gone before it could be read")
		}
		s.clock.turn(settings.ResultTime)
		if s.says("Anna") {
			t.Error("the answer stays")
		}
	}
}

func TestClockTurnsOnTheMinute(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Ready{Settings: settings})
	if !s.says("07:58") {
		t.Fatalf("wrong time: %v", s.texts())
	}
	before := s.picture()
	s.clock.turn(48*time.Second - time.Nanosecond)
	if !s.says("07:58") || !bytes.Equal(before, s.picture()) {
		t.Error("something moved within the minute")
	}
	s.clock.turn(time.Nanosecond)
	if !s.says("07:59") {
		t.Errorf("the clock is late: %v", s.texts())
	}
	s.clock.turn(time.Minute)
	if !s.says("08:00") {
		t.Error("the clock stopped")
	}
	s.clock.turn(16 * time.Hour)
	if !s.says("Tuesday 24 November") {
		t.Errorf("the date stopped: %v", s.texts())
	}
}

// TestNothingMovesAtRest counts alarms: at rest only the minute's is set, so the
// kiosk sleeps in between. What goes away by itself, such as a question, has an
// alarm of its own.
func TestNothingMovesAtRest(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	for _, e := range exhibits(t) {
		if _, result := e.scene.(ui.Result); result || e.lang != "en" || e.name == "capture" || e.enter != "" || strings.HasPrefix(e.name, "capture-") || e.name == "revoked-again" {
			continue
		}
		s.show(e)
		want := 1
		switch e.scene.(type) {
		case ui.Invitation, ui.Invites:
			want = 2
		}
		if n := s.clock.pending(); n != want {
			t.Errorf("%s: %d alarms are set, want %d, the minute's among them", e.name, n, want)
		}
	}
	s.Close()
	if n := s.clock.pending(); n != 0 {
		t.Errorf("%d alarms are still set after Close", n)
	}
}

func TestRingRunsOut(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
	left := func() float32 {
		var arcs []*canvas.Arc
		for _, o := range s.tree() {
			if a, ok := o.object.(*canvas.Arc); ok {
				arcs = append(arcs, a)
			}
		}
		if len(arcs) == 0 {
			return -1
		}
		a := arcs[len(arcs)-1]
		return (a.EndAngle - a.StartAngle) / 360
	}
	if l := left(); l != 1 {
		t.Errorf("the ring begins at %v", l)
	}
	s.clock.turn(1500 * time.Millisecond)
	if l := left(); l < 0.45 || l > 0.55 {
		t.Errorf("half way the ring shows %v", l)
	}
	still := open(t, ui.Options{ReducedMotion: true}, sizes["1280x800"])
	still.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
	if n := still.clock.pending(); n != 2 {
		t.Errorf("with reduced motion %d alarms are set, want the minute's and the result's end", n)
	}
}

// TestNothingOfAPersonStays is the promise that personal data leaves the screen:
// whatever happened before, once the result time has passed the screen holds the
// same objects as one that never saw anybody.
func TestNothingOfAPersonStays(t *testing.T) {
	jpeg := photo(t)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.SampledFrom([]string{"1280x800", "800x480", "800x1280"}).Draw(r, "size")
		s := open(t, ui.Options{}, sizes[size])
		defer s.Close()
		s.SetStatus(online)
		s.Show(ui.Ready{Settings: settings})
		word := rapid.StringMatching(`[A-ZÄÖÜА-Я][a-zäöüßа-я]{3,20}(-[A-Z][a-z]{3,12})?`)
		for range rapid.IntRange(1, 6).Draw(r, "events") {
			p := attendance.Profile{
				ID:        attendance.ProfileID(word.Draw(r, "id")),
				FirstName: word.Draw(r, "first"), LastName: word.Draw(r, "last"),
				Language: rapid.SampledFrom([]string{"", "en", "de", "ru", "fr"}).Draw(r, "language"),
			}
			switch rapid.IntRange(0, 5).Draw(r, "event") {
			case 0, 1:
				var picture []byte
				if rapid.Bool().Draw(r, "photo") {
					picture = jpeg
				}
				s.Show(ui.Result{Receipt: punch(p, attendance.In), Photo: picture, Settings: settings})
			case 2:
				refused := refusal(rapid.SampledFrom(reasons).Draw(r, "reason"))
				refused.Profile = p
				s.Show(ui.Result{Receipt: refused, Settings: settings})
			case 3:
				s.Show(ui.Capture{Name: p.Name(), Done: rapid.Bool().Draw(r, "done"), Expires: s.clock.Now().Add(settings.ResultTime)})
			case 4:
				s.Show(ui.Ready{Settings: settings})
			case 5:
				s.tap("language " + rapid.SampledFrom(ui.Languages).Draw(r, "choice"))
			}
			s.clock.turn(time.Duration(rapid.IntRange(0, 3500).Draw(r, "ms")) * time.Millisecond)
		}
		s.clock.turn(settings.ResultTime)
		s.clock.turn(time.Minute) // and a language chosen is forgotten

		fresh := open(t, ui.Options{}, sizes[size])
		defer fresh.Close()
		fresh.clock.turn(s.clock.Now().Sub(monday))
		fresh.SetStatus(online)
		fresh.Show(ui.Ready{Settings: settings})
		if a, b := test.RenderToMarkup(s.canvas), test.RenderToMarkup(fresh.canvas); a != b {
			r.Fatalf("the screen remembers: %s", difference(b, a))
		}
		// Pictures are drawn once and shared, so a photo is one that the other
		// kiosk has not.
		known := fresh.images()
		for _, img := range s.images() {
			if !slices.Contains(known, img) {
				r.Fatal("a picture stayed")
			}
		}
	})
}

// images are the pictures on the screen.
func (s *stage) images() []image.Image {
	var list []image.Image
	for _, o := range s.tree() {
		if i, ok := o.object.(*canvas.Image); ok {
			list = append(list, i.Image)
		}
	}
	return list
}

// picture is what the screen shows, in pixels.
func (s *stage) picture() []byte { return slices.Clone(s.canvas.Capture().(*image.NRGBA).Pix) }

// TestManyCallers shows scenes from many goroutines at once, for the race detector.
func TestManyCallers(t *testing.T) {
	s := open(t, ui.Options{}, sizes["800x480"])
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for n := range 20 {
				s.SetStatus(ui.Status{Waiting: n})
				if i%2 == 0 {
					s.Show(ui.Ready{Settings: settings})
				} else {
					s.Show(ui.Result{Receipt: punch(anna, attendance.In), Settings: settings})
				}
			}
		})
	}
	callers.Wait()
	s.Show(ui.Locked{Message: "the last word"})
	if !s.says("the last word") {
		t.Error("the last scene is not on the screen")
	}
	s.Close()
	s.Show(ui.Revoked{})
	if !s.says("the last word") {
		t.Error("something was shown after Close")
	}
}
