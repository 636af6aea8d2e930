package ui_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
	"muster/ui"
)

// typing opens the keys and touches them.
func (s *stage) typing(t *testing.T, keys string) {
	t.Helper()
	for _, r := range keys {
		if !s.tap("key " + string(r)) {
			t.Fatalf("there is no key %c", r)
		}
	}
}

// typed is what the boxes of the code show.
func (s *stage) typed() string {
	var letters []string
	for _, w := range s.texts() {
		if len(w) == 1 {
			letters = append(letters, w)
		}
	}
	return strings.Join(letters[36:], "") // the keys come first
}

func TestCodeFromTheConsole(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	if !s.tap("have code") {
		t.Fatal("there is no way to type a code")
	}
	s.typing(t, "BCDX")
	s.tap("erase")
	s.typing(t, "FGHJ")
	s.tap("activate")
	if len(s.intents.codes) != 0 {
		t.Fatalf("an incomplete code was handed in: %v", s.intents.codes)
	}
	s.Show(activation) // the agent tells the state again; what is typed stays
	s.typing(t, "KZ")  // one more than fits
	s.tap("activate")
	s.tap("activate")
	if !slices.Equal(s.intents.codes, []string{"BCDF-GHJK"}) {
		t.Fatalf("handed in: %v, want BCDF-GHJK once", s.intents.codes)
	}
	if !s.says("Checking the code…") {
		t.Errorf("nothing says that the code is being checked: %v", s.texts())
	}

	wrong := activation
	wrong.Problem = wire.CodeUnknownCode
	s.Show(wrong)
	if !s.says("There is no such code.") || !s.says("B C D F G H J K") {
		t.Errorf("the wrong code can't be mended where it was typed: %v", s.texts())
	}
	s.tap("erase")
	if s.says("There is no such code.") {
		t.Error("the problem stays while the code is being mended")
	}
	s.typing(t, "Z")
	s.tap("activate")
	if n := len(s.intents.codes); n != 2 || s.intents.codes[1] != "BCDF-GHJZ" {
		t.Errorf("handed in: %v", s.intents.codes)
	}
	s.Show(ui.Activation{Step: ui.FetchingCertificate})
	if !s.says("Approved.") {
		t.Errorf("a good code is not answered: %v", s.texts())
	}
}

func TestCodeByKeyboard(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	s.TypedRune('b') // nobody has asked for the keys
	s.tap("have code")
	for _, r := range "bc-d f№ghjk" { // as a scanner reads it from a print
		s.TypedRune(r)
	}
	s.Erase()
	s.TypedRune('q')
	s.Submit()
	if !slices.Equal(s.intents.codes, []string{"BCDF-GHJQ"}) {
		t.Errorf("handed in: %v", s.intents.codes)
	}
}

func TestKeysGoAway(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	s.tap("have code")
	s.typing(t, "BC")
	s.tap("back")
	if !s.says("BCDF-GHJK") {
		t.Fatalf("back does not lead back: %v", s.texts())
	}
	s.tap("have code")
	if s.typed() != "" {
		t.Errorf("the last attempt is still there: %q", s.typed())
	}
	s.clock.turn(time.Minute)
	s.typing(t, "B")
	s.clock.turn(2*time.Minute - time.Second)
	if !s.says("Type the code from the console") {
		t.Error("the keys went away while somebody was typing")
	}
	s.clock.turn(time.Second)
	if !s.says("BCDF-GHJK") {
		t.Error("keys that nobody uses stay")
	}
}

// TestWrongTypedCodeLeavesTheShownOne: a mistyped code says nothing against the
// one on the screen.
func TestWrongTypedCodeLeavesTheShownOne(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	s.tap("have code")
	s.typing(t, "XXXXXXXX")
	s.tap("activate")
	wrong := activation
	wrong.Problem = wire.CodeUnknownCode
	s.Show(wrong)
	s.tap("back")
	if !s.says("BCDF-GHJK") {
		t.Errorf("the code on the screen is gone: %v", s.texts())
	}
}

func TestDeadCodeOffersAnother(t *testing.T) {
	for _, problem := range []string{wire.CodeExpiredCode, wire.CodeDenied, wire.CodeUsedCode, wire.CodeRevoked} {
		s := open(t, ui.Options{}, sizes["1280x800"])
		dead := activation
		dead.Problem = problem
		s.Show(dead)
		if s.says("BCDF-GHJK") {
			t.Errorf("%s: a code that can't be used is still shown", problem)
		}
		if !s.tap("new code") || s.intents.fresh != 1 {
			t.Errorf("%s: no new code can be asked for", problem)
		}
	}
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(activation)
	if s.tap("new code") {
		t.Error("a good code is offered to be thrown away")
	}
	s.clock.turn(14 * time.Minute) // nobody came; the agent may not have noticed yet
	s.clock.turn(time.Minute)
	if s.says("BCDF-GHJK") || !s.says("This code has expired.") {
		t.Errorf("an expired code is still shown: %v", s.texts())
	}
}

func TestEveryProblemHasItsOwnWords(t *testing.T) {
	for _, lang := range ui.Languages {
		said := map[string]string{}
		for _, p := range problems {
			s := open(t, ui.Options{Language: lang}, sizes["1280x800"])
			a := activation
			a.Problem = p
			s.Show(a)
			all := strings.Join(s.texts(), " ")
			if other, ok := said[all]; ok {
				t.Errorf("%s: %q reads like %q: %s", lang, p, other, all)
			}
			said[all] = p
		}
	}
}

// TestActivationKeepsTheLanguage: there is no site yet whose language could
// come back.
func TestActivationKeepsTheLanguage(t *testing.T) {
	s := open(t, ui.Options{Language: "en"}, sizes["1280x800"])
	s.Show(activation)
	s.tap("language de")
	s.clock.turn(5 * time.Minute)
	if !s.says("Dieses Tablet aktivieren") {
		t.Errorf("the language went away: %v", s.texts())
	}
	s.Show(ui.Ready{Settings: device.Settings{Language: "ru"}})
	s.clock.turn(time.Minute)
	if !s.says("Приложите") {
		t.Errorf("the site's language is not spoken: %v", s.texts())
	}
}

// Whoever taps at a tablet that is nobody's yet is told so, and the code comes back;
// somebody else who types one there goes on where they were, in their language.
func TestTapBeforeActivation(t *testing.T) {
	s := open(t, ui.Options{Language: "en"}, sizes["1280x800"])
	s.Show(activation)
	refused := ui.Result{Receipt: refusal(attendance.NotReady)}
	s.Show(refused)
	if !s.says("isn’t set up yet") || !s.says("activated in the console") || !s.says("T1") || s.says(activation.UserCode) {
		t.Errorf("not told: %v", s.texts())
	}
	s.clock.turn(device.DefaultResultTime)
	if !s.says(activation.UserCode) {
		t.Errorf("the code is gone: %v", s.texts())
	}
	s.tap("language de")
	s.tap("have code")
	s.typing(t, "BCD")
	s.Show(refused)
	if !s.says("noch nicht eingerichtet") {
		t.Errorf("not in the language that was chosen: %v", s.texts())
	}
	s.clock.turn(device.DefaultResultTime)
	if s.typed() != "BCD" {
		t.Errorf("what was typed is gone: %v", s.texts())
	}
	s.clock.turn(5 * time.Minute)
	if !s.says("Dieses Tablet aktivieren") {
		t.Errorf("the language went away: %v", s.texts())
	}
	again := open(t, ui.Options{Language: "en"}, sizes["1280x800"])
	again.Show(ui.Ready{Settings: speaking("ru")}) // it was somebody's before
	again.Show(activation)
	again.Show(refused)
	again.clock.turn(device.DefaultResultTime)
	if !again.says("Активация планшета") {
		t.Errorf("a tap changes the language: %v", again.texts())
	}
}

// Whoever taps at a revoked tablet is told so; somebody who is being asked whether
// to activate it again is asked on, and for no longer than without that tap.
func TestTapAtARevokedTablet(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Revoked{})
	refused := ui.Result{Receipt: refusal(attendance.Revoked), Settings: settings}
	s.Show(refused)
	if !s.says("no longer belongs") || !s.says("another tablet") || !s.says("T4") || s.tap("activate again") {
		t.Errorf("not told: %v", s.texts())
	}
	s.clock.turn(settings.ResultTime)
	if s.says("T4") || !s.tap("activate again") {
		t.Fatalf("the way back is gone: %v", s.texts())
	}
	s.Show(refused)
	s.clock.turn(settings.ResultTime)
	if !s.tap("yes again") || s.intents.anew != 1 {
		t.Errorf("a tap takes the question away: %v", s.texts())
	}
	s.tap("activate again")
	s.Show(refused)
	s.clock.turn(time.Minute)
	if s.tap("yes again") {
		t.Error("the question waits for the next who comes along")
	}
}

// A revoked tablet is activated again only by somebody who means it: a touch, and
// another on the answer.
func TestActivateAgain(t *testing.T) {
	s := open(t, ui.Options{}, sizes["1280x800"])
	s.Show(ui.Revoked{})
	if s.tap("yes again") || !s.tap("activate again") || s.intents.anew != 0 {
		t.Fatal("one touch was enough, or there is nothing to touch")
	}
	if !s.tap("not again") || s.intents.anew != 0 || s.tap("yes again") {
		t.Fatal("no is no answer")
	}
	s.tap("activate again")
	s.clock.turn(2 * time.Minute)
	if s.tap("yes again") {
		t.Error("the question waits for the next who comes along")
	}
	s.tap("activate again")
	s.Show(ui.Ready{})
	s.Show(ui.Revoked{})
	if s.tap("yes again") {
		t.Error("the question outlives its screen")
	}
	if !s.tap("activate again") || !s.tap("yes again") || s.intents.anew != 1 {
		t.Errorf("asked %d times for an activation, want once", s.intents.anew)
	}
}
