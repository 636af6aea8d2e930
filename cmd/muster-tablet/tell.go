package main

import "muster/ui"

// told is a kiosk that also prints what it shows, for those who watch a tablet
// with a window from a program.
type told struct {
	kiosk
	print *printer
}

// Show implements kiosk.
func (t told) Show(s ui.Scene) {
	t.kiosk.Show(s)
	t.print.Show(s)
}

// SetStatus implements kiosk.
func (t told) SetStatus(s ui.Status) {
	t.kiosk.SetStatus(s)
	t.print.SetStatus(s)
}
