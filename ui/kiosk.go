package ui

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"muster/attendance"
	"muster/device"
)

// Options are what a kiosk is started with.
type Options struct {
	Language      string // BCP 47; spoken until a site's settings say otherwise; empty: English
	Dark          bool   // light text on a dark ground
	ReducedMotion bool   // results show no ring that runs out
	HideCursor    bool   // for touch screens
	Clock         Clock  // nil: the system's
}

// Kiosk is the whole screen of a tablet. Make one after the Fyne application,
// put Content into a window, and tell it what to show.
//
// Show and SetStatus may be called from any goroutine and never wait: the work
// is done in Fyne's own goroutine, in the order of the calls.
type Kiosk struct {
	opts    Options
	intents Intents
	clock   Clock

	root       *fyne.Container
	ground     *canvas.Rectangle
	body, foot *fyne.Container

	mu       sync.Mutex // over everything below; Fyne's goroutine and its layouts
	size     fyne.Size
	scene    Scene
	rest     Scene // what a result gives way to; nil: Ready
	status   Status
	settings device.Settings // as last told
	zone     *time.Location
	chosen   string // the language somebody chose at the screen; empty: nobody did
	entry    entry
	asking   bool // whether to activate a revoked tablet again
	page     int  // of the page of invites, from 0
	ring     *ring

	bodyAlbum, footAlbum album

	ringBegan time.Time
	ringTime  time.Duration

	closed bool

	sceneEnds, ringTurns, minute, choiceEnds, entryEnds *alarm
}

// New makes a kiosk that shows an activation about to begin.
func New(opts Options, intents Intents) *Kiosk {
	k := &Kiosk{opts: opts, intents: intents, clock: opts.Clock, scene: Activation{}, zone: time.Local}
	if k.clock == nil {
		k.clock = systemClock{}
	}
	k.ground = canvas.NewRectangle(k.palette().paper)
	k.body, k.foot = container(), container()
	k.root = &fyne.Container{Layout: sheet{k}, Objects: []fyne.CanvasObject{k.ground, k.body, k.foot}}
	if opts.HideCursor {
		k.root.Objects = append(k.root.Objects, newVeil())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armMinute()
	return k
}

// Content is what to put into a window.
func (k *Kiosk) Content() fyne.CanvasObject { return k.root }

// Show puts a scene on the screen. A Ready that comes while a result or the
// answer to a capture is shown waits until its time is over; everything else
// replaces it at once. A result goes by itself, back to the scene before it:
// a tablet that was locked is locked again.
func (k *Kiosk) Show(s Scene) { k.do(func() { k.show(s) }) }

// SetStatus changes the bar at the foot.
func (k *Kiosk) SetStatus(s Status) {
	k.do(func() {
		k.status = s
		k.drawFoot()
		if _, ok := k.scene.(Fault); ok {
			k.drawBody() // it says whether the office can know
		}
	})
}

// Close stops the kiosk's timers; it shows nothing new after it.
func (k *Kiosk) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, a := range []*alarm{k.sceneEnds, k.ringTurns, k.minute, k.choiceEnds, k.entryEnds} {
		a.cancel()
	}
}

// do runs f in Fyne's goroutine, alone.
func (k *Kiosk) do(f func()) {
	fyne.Do(func() { k.alone(f) })
}

func (k *Kiosk) alone(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		f()
	}
}

// show changes the scene.
func (k *Kiosk) show(s Scene) {
	if r, ok := s.(Ready); ok && k.answering() && k.sceneEnds.pending() {
		k.rest = r
		k.settle(r.Settings)
		return
	}
	k.sceneEnds.cancel()
	k.ringTurns.cancel()
	k.turnTo(s)
	k.scene = s
	k.asking = k.asking && k.goesOn(s)
	switch s := s.(type) {
	case Ready:
		k.settle(s.Settings)
		k.rest = s
	case Result:
		if !k.activating() {
			k.settle(s.Settings)
		}
		if k.restsReady() {
			k.rest = Ready{Settings: s.Settings}
		}
		k.runOut(resultTime(s.Settings))
	case Capture:
		k.runCapture(s)
	case Invitation:
		k.runAside(s.Expires)
	case Invites:
		k.runAside(s.Expires)
	default:
		k.rest = s
	}
	k.heed(s)
	k.draw()
}

// answering tells whether somebody is reading the answer to their card.
func (k *Kiosk) answering() bool {
	switch s := k.scene.(type) {
	case Result:
		return true
	case Capture:
		return s.Done || s.Failed != ""
	default:
		return false
	}
}

// restsReady tells whether what comes after a result is Ready.
func (k *Kiosk) restsReady() bool {
	_, ready := k.rest.(Ready)
	return ready || k.rest == nil
}

// activating tells whether what comes after a result is an activation: there is no
// site yet, hence no settings.
func (k *Kiosk) activating() bool {
	_, activating := k.rest.(Activation)
	return activating
}

// goesOn tells whether a question at a revoked tablet stays open with a scene:
// somebody else's tap is no answer to it.
func (k *Kiosk) goesOn(s Scene) bool {
	_, tapped := s.(Result)
	_, revoked := s.(Revoked)
	return tapped || revoked
}

// settle takes over a site's settings.
func (k *Kiosk) settle(s device.Settings) {
	if s.TimeZone != k.settings.TimeZone || k.settings.TimeZone == "" {
		k.zone = s.Location()
	}
	k.settings = s
}

// lexicon speaks the language that the scene asks for.
func (k *Kiosk) lexicon() lexicon {
	if r, ok := k.scene.(Result); ok && r.Receipt.Profile.Language != "" {
		return speak(r.Receipt.Profile.Language)
	}
	if i, ok := k.scene.(Invitation); ok && i.Language != "" {
		return speak(i.Language)
	}
	if i, ok := k.scene.(Invites); ok && i.Language != "" {
		return speak(i.Language)
	}
	return speak(firstOf(k.chosen, k.settings.Language, k.opts.Language, "en"))
}

func (k *Kiosk) palette() palette {
	if k.opts.Dark {
		return dark
	}
	return light
}

func resultTime(s device.Settings) time.Duration {
	if s.ResultTime <= 0 {
		return device.DefaultResultTime
	}
	return s.ResultTime
}

// place is the name of this tablet as people know it: site and tablet.
func place(site, tablet string) string {
	if site == "" || tablet == "" {
		return site + tablet
	}
	return site + " · " + tablet
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

func knownReason(r attendance.Reason) bool { return r.Code() != attendance.Reason("").Code() }
