package main

import (
	"muster/internal/tablet"
	"muster/ui"
)

// told is a kiosk that also prints what it shows, for those who watch a tablet
// with a window from a program.
type told struct {
	tablet.Kiosk
	print *printer
}

// Show implements tablet.Kiosk.
func (t told) Show(s ui.Scene) {
	t.Kiosk.Show(s)
	t.print.Show(s)
}

// SetStatus implements tablet.Kiosk.
func (t told) SetStatus(s ui.Status) {
	t.Kiosk.SetStatus(s)
	t.print.SetStatus(s)
}
