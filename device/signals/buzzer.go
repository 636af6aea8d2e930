package signals

import (
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// buzzer sounds at a pitch where its pin can, at its own where not.
type buzzer struct {
	pin   gpio.PinOut
	plain bool // the pin can't make a frequency
}

func (b *buzzer) on(pitch physic.Frequency) {
	if !b.plain && b.pin.PWM(gpio.DutyHalf, pitch) == nil {
		return
	}
	b.plain = true
	_ = b.pin.Out(gpio.High) // worked when it was opened
}

func (b *buzzer) off() {
	if !b.plain {
		_ = b.pin.PWM(0, low) // no duty is silence, at any frequency
	}
	_ = b.pin.Out(gpio.Low)
}
