package main

import (
	"muster/device/signals"
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

// signalled is a kiosk that also speaks through lamps and a buzzer.
type signalled struct {
	tablet.Kiosk
	lamps *signals.Signals
}

// Show implements tablet.Kiosk.
func (s signalled) Show(scene ui.Scene) {
	s.Kiosk.Show(scene)
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
		s.lamps.Fault()
	}
}
