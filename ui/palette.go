package ui

import "image/color"

// The tokens of the visual language. Every colour on the kiosk is one of these.
type palette struct {
	ink     color.NRGBA // text on paper
	paper   color.NRGBA // the ground at rest
	quiet   color.NRGBA // secondary text on paper
	accept  color.NRGBA // a punch stored
	refuse  color.NRGBA // nothing stored
	wait    color.NRGBA // stored here, not in the cloud yet
	fault   color.NRGBA // the device, not the person
	onState color.NRGBA // text and pictures on the four above

	panel      color.NRGBA // the half of the screen that says what to do
	panelInk   color.NRGBA // text on panel
	panelQuiet color.NRGBA // secondary text on panel
	card       color.NRGBA // keys, fields and buttons on paper
	edge       color.NRGBA // their outline, and rules between things
}

var light = palette{
	ink:     rgb(0x12181F),
	paper:   rgb(0xF7F8FA),
	quiet:   rgb(0x5A6673),
	accept:  rgb(0x0B6E99),
	refuse:  rgb(0xB23A00),
	wait:    rgb(0x8A6100),
	fault:   rgb(0x5B2A86),
	onState: rgb(0xFFFFFF),

	panel:      rgb(0x12181F),
	panelInk:   rgb(0xF7F8FA),
	panelQuiet: rgb(0x9AA7B4),
	card:       rgb(0xFFFFFF),
	edge:       rgb(0x838E9A),
}

var dark = palette{
	ink:     rgb(0xF2F5F8),
	paper:   rgb(0x0E1319),
	quiet:   rgb(0x9AA7B4),
	accept:  rgb(0x3FA7D6),
	refuse:  rgb(0xF07A3C),
	wait:    rgb(0xE0B040),
	fault:   rgb(0xB48BE0),
	onState: rgb(0x0E1319),

	panel:      rgb(0x1B232D),
	panelInk:   rgb(0xF2F5F8),
	panelQuiet: rgb(0x9AA7B4),
	card:       rgb(0x1B232D),
	edge:       rgb(0x6B7987),
}

// The type scale and the spaces, in pixels of a 1280 x 800 screen; a frame
// multiplies them for the screen it is on.
const (
	sizeNote  = 24
	sizeText  = 32
	sizeTitle = 48
	sizeName  = 72
	sizeClock = 200

	step   = 8
	corner = 16
	margin = 48
	target = 72 // the least side of anything to touch, never made smaller
)

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xFF}
}

// fade gives a colour an opacity between 0 and 1.
func fade(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(opacity * 255)
	return c
}
