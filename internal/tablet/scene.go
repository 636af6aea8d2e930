package tablet

import (
	"muster/device"
	"muster/ui/scene"
)

// state is everything that decides what is on the screen.
type state struct {
	starting   bool   // nothing is known yet: the screen stays as it is
	storage    string // what is wrong with the store; then nothing else counts
	activation *scene.Activation
	revoked    bool
	lock       device.Lock
	reader     device.ReaderState
	detail     string
	noReader   bool // told to do without
	capture    *scene.Capture
	answer     scene.Scene // the answer to a tap, while it is shown
	aside      scene.Scene // what somebody asked for at the screen; shown when the answer to a tap is over
	asked      bool        // somebody known here is asked to join
	invites    bool        // somebody is to be activated, and somebody known here may invite them
	settings   device.Settings
}

// scene decides what the kiosk shows, in one place. Whatever concerns the whole
// tablet comes before what concerns one person; but the answer to a tap, which may
// be why there is none, is seen for its time before anything else that a person
// could miss it for; and whoever is asked for a card must know it, even at a locked
// tablet. nil: nothing new.
func (s state) scene() scene.Scene {
	switch {
	case s.starting:
		return nil
	case s.answer != nil && !s.approved():
		return s.answer
	case s.storage != "":
		return scene.Fault{Storage: true, Reader: s.reader, Detail: s.storage}
	case s.activation != nil:
		return *s.activation
	case s.revoked:
		return scene.Revoked{}
	case s.capture != nil && !s.faulty():
		return *s.capture
	case s.lock.Locked:
		return scene.Locked{Message: s.lock.Message, Site: s.settings.Site, Device: s.settings.Device}
	case s.faulty():
		return scene.Fault{Reader: s.reader, Detail: s.detail}
	case s.aside != nil:
		return s.aside
	default:
		return scene.Ready{Settings: s.settings, Invitations: s.asked, Invites: s.invites}
	}
}

// approved tells whether the tablet is about to be somebody's, which then is the
// answer to whoever taps.
func (s state) approved() bool {
	return s.activation != nil && s.activation.Step == scene.FetchingCertificate
}

// faulty tells whether no card can be read, and nobody wants it so.
func (s state) faulty() bool {
	return !s.noReader && (s.reader == device.ReaderMissing || s.reader == device.ReaderFailing)
}
