package main

import (
	"muster/internal/tablet"
	"muster/ui"
)

// pins are where lamps and a buzzer are connected, as periph names them.
type pins struct {
	LampAccept string `group:"Lamps and buzzer" placeholder:"PIN" help:"Lamp that lights when a punch is stored, such as GPIO17."`
	LampRefuse string `group:"Lamps and buzzer" placeholder:"PIN" help:"Lamp that lights when a tap is refused."`
	LampWait   string `group:"Lamps and buzzer" placeholder:"PIN" help:"Lamp that lights while a card is waited for."`
	LampFault  string `group:"Lamps and buzzer" placeholder:"PIN" help:"Lamp that lights when the device is out of order."`
	Buzzer     string `group:"Lamps and buzzer" placeholder:"PIN" help:"Buzzer."`
}

// lamps is what a kiosk speaks through beside its screen.
type lamps interface {
	Accepted()
	Refused()
	Waiting()
	Fault()
}

// signalled is a kiosk that also speaks through lamps and a buzzer.
type signalled struct {
	tablet.Kiosk
	lamps lamps
	fault ui.Fault // the one that has been heard; zero where there is none
}

// Show implements tablet.Kiosk.
func (s *signalled) Show(scene ui.Scene) {
	s.Kiosk.Show(scene)
	s.forget(scene)
	switch scene := scene.(type) {
	case ui.Result:
		if scene.Receipt.Accepted {
			s.lamps.Accepted()
		} else {
			s.lamps.Refused()
		}
	case ui.Capture:
		switch {
		case scene.Done:
			s.lamps.Accepted()
		case scene.Failed != "":
			s.lamps.Refused()
		default:
			s.lamps.Waiting()
		}
	case ui.Invitation:
		if scene.Step == ui.InvitationAnswered && scene.Failed != "" {
			s.lamps.Refused()
		} else if scene.Step == ui.InvitationAnswered {
			s.lamps.Accepted()
		}
	case ui.Fault:
		scene.Detail = "" // other words of a technician's are no other fault
		if scene != s.fault {
			s.fault = scene
			s.lamps.Fault()
		}
	}
}

// forget lets a fault be heard again once the tablet has been without it. The answer
// to a tap covers a fault only for its time: heard after each, the fault's tones would
// be taken for a second answer.
func (s *signalled) forget(scene ui.Scene) {
	switch scene.(type) {
	case ui.Result, ui.Fault:
	default:
		s.fault = ui.Fault{}
	}
}
