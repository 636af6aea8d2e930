package ui_test

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"muster/attendance"
	"muster/device"
	"muster/invite"
	"muster/ui"
	"muster/ui/scene"
)

var pictures = flag.String("pictures", "", "write a PNG of every screen into this folder")

var only = flag.String("only", "", "a regular expression: write only pictures whose name and language match")

// sizes are the screens that everything must fit.
var sizes = map[string]fyne.Size{
	"1280x800": fyne.NewSize(1280, 800),
	"800x480":  fyne.NewSize(800, 480),
	"800x1280": fyne.NewSize(800, 1280),
}

// exhibit is a screen in one situation.
type exhibit struct {
	name   string
	lang   string
	scene  ui.Scene
	status ui.Status
	enter  string // typed on the keys of an activation
	touch  string // touched then
}

// exhibits are the screens as a person may see them.
func exhibits(t testing.TB) []exhibit {
	t.Helper()
	long := attendance.Profile{ID: "0193-long", FirstName: "Maximiliana-Theodora", LastName: "von Hohenlohe-Schillingsfürst"}
	cyrillic := attendance.Profile{ID: "0193-cyr", FirstName: "Екатерина", LastName: "Преображенская", Language: "ru"}
	nobody := attendance.Profile{ID: "0193-none"}
	offline := ui.Status{Link: device.Link{Since: monday.Add(-46 * 60e9)}, Waiting: 3, Reader: device.ReaderReady}
	broken := ui.Status{Link: device.Link{Online: true}, Reader: device.ReaderMissing}
	var out []exhibit
	for _, lang := range ui.Languages {
		s := speaking(lang)
		add := func(name string, scene ui.Scene, status ui.Status) {
			out = append(out, exhibit{name: name, lang: lang, scene: scene, status: status})
		}
		add("ready", ui.Ready{Settings: s}, online)
		add("ready-offline", ui.Ready{Settings: s}, offline)
		add("accepted-in", ui.Result{Receipt: punch(anna, attendance.In), Settings: s, Photo: photo(t)}, online)
		add("accepted-out", ui.Result{Receipt: punch(anna, attendance.Out), Settings: s}, online)
		add("accepted-long", ui.Result{Receipt: punch(long, attendance.In), Settings: s}, online)
		add("accepted-approval", ui.Result{Receipt: toApprove(punch(anna, attendance.In)), Settings: s, Photo: photo(t)}, offline)
		add("accepted-approval-long", ui.Result{Receipt: toApprove(punch(long, attendance.Out)), Settings: s, Joining: ui.Joining{Here: true}}, offline)
		add("accepted-cyrillic", ui.Result{Receipt: punch(cyrillic, attendance.Out), Settings: s}, online)
		add("accepted-nobody", ui.Result{Receipt: punch(nobody, attendance.In), Settings: s}, online)
		add("ready-menu", ui.Ready{Settings: s, Invitations: true}, online)
		add("accepted-invited", ui.Result{Receipt: punch(anna, attendance.In), Settings: s, Joining: ui.Joining{Here: true}}, online)
		add("accepted-elsewhere", ui.Result{Receipt: punch(anna, attendance.In), Settings: s, Joining: ui.Joining{Elsewhere: true}}, online)
		for _, o := range append(invite.AnswerOutcomes, "unheard-of") {
			add("accepted-outcome-"+string(o), ui.Result{Receipt: punch(long, attendance.In), Settings: s, Joining: ui.Joining{Outcome: string(o)}}, online)
		}
		asks := ui.Invitation{Step: ui.InvitationQuestion, ID: "q", Name: anna.Name(), Organisation: s.Org, Expires: monday.Add(20 * time.Second)}
		asksLong := asks
		asksLong.Name, asksLong.Organisation, asksLong.Declined = long.Name(), "Vereinigte Speditions- und Lagerhausgesellschaft Hohenlohe-Schillingsfürst mbH & Co. KG", true
		said := func(step ui.InvitationStep, join bool, failed attendance.Reason) ui.Invitation {
			return ui.Invitation{Step: step, Name: anna.Name(), Organisation: s.Org, Join: join, Failed: failed, Expires: asks.Expires}
		}
		add("invitation-card", said(ui.InvitationCard, false, ""), online)
		add("invitation-question", asks, online)
		add("invitation-question-long", asksLong, offline)
		add("invitation-yes", said(ui.InvitationAnswered, true, ""), online)
		add("invitation-yes-offline", said(ui.InvitationAnswered, true, ""), offline)
		add("invitation-no", said(ui.InvitationAnswered, false, ""), online)
		add("invitation-failed", said(ui.InvitationAnswered, true, attendance.StorageFull), online)
		add("invitation-waiting", said(ui.InvitationWaiting, true, ""), offline)
		add("invitation-none", said(ui.InvitationNone, false, ""), online)
		addInvites(s, offline, add)
		for _, r := range reasons {
			add("refused-"+string(r), ui.Result{Receipt: refusal(r), Settings: s}, online)
		}
		add("capture", ui.Capture{Name: long.Name(), Expires: monday.Add(2 * 60e9)}, online)
		add("capture-done", ui.Capture{Name: anna.Name(), Done: true}, online)
		add("capture-failed", ui.Capture{Name: long.Name(), Failed: attendance.RandomCard}, online)
		add("fault-missing", ui.Fault{Reader: device.ReaderMissing, Detail: "open /dev/ttyUSB0: no such file or directory"}, broken)
		add("fault-failing", ui.Fault{Reader: device.ReaderFailing, Detail: "no ACK within 1 s, 4 restarts"}, offline)
		add("fault-storage", ui.Fault{Storage: true, Reader: device.ReaderReady, Detail: "storage is damaged"}, offline)
		add("fault-starting", ui.Fault{Reader: device.ReaderStarting}, online)
		add("locked", ui.Locked{Message: "Stocktaking until noon. Please use the tablet at Gate 1.", Site: "Site Nord", Device: "Gate 2"}, online)
		add("locked-plain", ui.Locked{Site: "Site Nord", Device: "Gate 2"}, online)
		add("revoked", ui.Revoked{}, ui.Status{Reader: device.ReaderReady})
		add("activation-asking", ui.Activation{}, ui.Status{})
		add("activation-fetching", ui.Activation{Step: ui.FetchingCertificate}, online)
		add("activation-offline-long", ui.Activation{Problem: "offline"}, ui.Status{Link: device.Link{Since: monday.Add(-46 * time.Minute)}, Reader: device.ReaderReady})
		for _, p := range problems {
			a := activation
			a.Problem = p
			add("activation-"+p, a, online)
		}
		out = append(out,
			exhibit{name: "revoked-again", lang: lang, scene: ui.Revoked{}, status: ui.Status{Reader: device.ReaderReady}, touch: "activate again"},
			exhibit{name: "invites-next", lang: lang, scene: ui.Invites{Step: scene.InvitesList, People: invitees(), Askable: 6, Language: lang, Expires: monday.Add(time.Minute)}, status: online, touch: "next"},
			exhibit{name: "entry", lang: lang, scene: activation, status: online, enter: "BCD"},
			exhibit{name: "entry-full", lang: lang, scene: activation, status: online, enter: "BCDFGHJK"})
	}
	return out
}

// show puts an exhibit on a stage.
func (s *stage) show(e exhibit) {
	s.SetStatus(e.status)
	if _, activating := e.scene.(ui.Activation); !activating {
		s.Show(ui.Ready{Settings: speaking(e.lang)})
	}
	s.Show(e.scene)
	if e.enter != "" {
		s.tap("have code")
		for _, r := range e.enter {
			s.TypedRune(r)
		}
	}
	if e.touch != "" {
		s.tap(e.touch)
	}
}

func TestWritePictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no folder given with -pictures")
	}
	for _, e := range exhibits(t) {
		if !regexp.MustCompile(*only).MatchString(e.name + "." + e.lang) {
			continue
		}
		for size := range sizes {
			for _, darkGround := range []bool{false, true} {
				s := open(t, ui.Options{Language: e.lang, Dark: darkGround}, sizes[size])
				s.show(e)
				ground := "light"
				if darkGround {
					ground = "dark"
				}
				name := filepath.Join(*pictures, fmt.Sprintf("%s.%s.%s.%s.png", e.name, e.lang, size, ground))
				file, err := os.Create(name)
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(file, s.canvas.Capture()); err != nil {
					t.Fatal(err)
				}
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
				s.Close()
			}
		}
	}
}
