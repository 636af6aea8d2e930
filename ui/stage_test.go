package ui_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
	"muster/ui"
	"muster/ui/scene"
)

// monday is the moment most of these screens are seen at: 07:58 in Berlin.
var monday = time.Date(2026, 11, 23, 6, 58, 12, 0, time.UTC)

// stage is a kiosk on a canvas in memory.
type stage struct {
	*ui.Kiosk
	canvas  test.WindowlessCanvas
	clock   *handClock
	intents *asked
}

// asked remembers what a person at the kiosk asked for.
type asked struct {
	mu    sync.Mutex
	codes []string
	fresh int
	anew  int
	said  []string // about invitations
}

func (a *asked) note(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said = append(a.said, what)
}

func (a *asked) MyInvitations()   { a.note("invitations") }
func (a *asked) CloseInvitation() { a.note("later") }

func (a *asked) Invites(act scene.InvitesAct, id string) {
	a.note(strings.TrimSpace("invites " + string(act) + " " + id))
}

func (a *asked) AnswerInvitation(id string, join bool) {
	if join {
		a.note("join " + id)
	} else {
		a.note("decline " + id)
	}
}

func (a *asked) ActivateAnew() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.anew++
}

func (a *asked) EnterCode(code string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.codes = append(a.codes, code)
}

func (a *asked) NewCode() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fresh++
}

func open(t testing.TB, opts ui.Options, size fyne.Size) *stage {
	t.Helper()
	clock := newHandClock(monday)
	opts.Clock = clock
	s := &stage{clock: clock, intents: &asked{}}
	if th := ui.Theme(opts.Dark); fyne.CurrentApp().Settings().Theme() != th { // setting one forgets all fonts
		fyne.CurrentApp().Settings().SetTheme(th)
	}
	s.Kiosk = ui.New(opts, s.intents)
	s.canvas = software.NewCanvas()
	s.canvas.SetPadded(false)
	s.canvas.SetContent(s.Content())
	s.canvas.Resize(size)
	t.Cleanup(s.Close)
	return s
}

var settings = device.Settings{
	Org: "Brückner Logistik", Site: "Site Nord", Device: "Gate 2", TimeZone: "Europe/Berlin", Language: "en",
	ResultTime: 3 * time.Second,
}

func speaking(lang string) device.Settings {
	s := settings
	s.Language = lang
	return s
}

var anna = attendance.Profile{ID: "0193-anna", Number: "1001", FirstName: "Anna", LastName: "Petrova"}

func punch(p attendance.Profile, d attendance.Direction) attendance.Receipt {
	return attendance.Receipt{
		Accepted: true, Profile: p,
		Punch: attendance.Punch{ID: "p1", Profile: p.ID, Direction: d, At: monday},
		Today: 4*time.Hour + 5*time.Minute, Week: 23*time.Hour + 14*time.Minute,
	}
}

// toApprove is a receipt for what somebody still has to approve.
func toApprove(r attendance.Receipt) attendance.Receipt {
	r.Punch.Approval = attendance.ApprovalWaiting
	return r
}

func refusal(r attendance.Reason) attendance.Receipt { return attendance.Receipt{Reason: r} }

var reasons = []attendance.Reason{
	attendance.UnknownCard, attendance.BlockedCard, attendance.BlockedPerson, attendance.RandomCard, attendance.HeldCard, attendance.Unreadable,
	attendance.TooSoon, attendance.StorageFull, attendance.StorageFault, attendance.NotReady, attendance.NoLine, attendance.Locked, attendance.Revoked, "unheard-of",
}

var problems = []string{
	"", "offline", wire.CodeUnknownCode, wire.CodeExpiredCode, wire.CodeUsedCode, wire.CodeTooMany, wire.CodeNotApproved,
	wire.CodeDenied, wire.CodeBadRequest, wire.CodeWrongKey, wire.CodeRevoked, wire.CodeNoCertificate, wire.CodeInternal, "unheard-of",
}

var activation = ui.Activation{
	Step: ui.WaitingForApproval, UserCode: "BCDF-GHJK", URL: "https://muster.brueckner-logistik.example/activate",
	QR:    "https://muster.brueckner-logistik.example/activate?code=BCDF-GHJK",
	Words: []string{"acorn", "bicycle", "umbrella", "rocket"}, Expires: monday.Add(14 * time.Minute),
}

var online = ui.Status{Link: device.Link{Online: true, Since: monday.Add(-time.Hour)}, Reader: device.ReaderReady}

// photo is a picture as the cloud keeps them: a JPEG with a side of 256.
func photo(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			c := color.RGBA{uint8(196 + y/8), uint8(188 + y/8), uint8(176 + y/8), 255}
			if math.Hypot(float64(x-128), float64(y-100)) < 52 || math.Hypot(float64(x-128)/1.5, float64(y-250)) < 76 {
				c = color.RGBA{70, 50, 45, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
