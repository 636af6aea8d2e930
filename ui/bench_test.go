package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"

	"muster/attendance"
	"muster/ui"
)

// BenchmarkShow is from receipt to rendered frame, beside rendering the two
// frames that nobody could do without: an empty one, and one with a single text.
// Frames are rendered in software here; the real window uses the GPU.
func BenchmarkShow(b *testing.B) {
	size := fyne.NewSize(1280, 800)
	result := ui.Result{Receipt: punch(anna, attendance.In), Photo: photo(b), Settings: settings}
	ready := ui.Ready{Settings: settings}
	b.Run("floor=empty-frame", func(b *testing.B) {
		c := software.NewCanvas()
		c.SetPadded(false)
		c.SetContent(canvas.NewRectangle(ui.Theme(false).Color("background", 0)))
		c.Resize(size)
		for b.Loop() {
			c.Capture()
		}
	})
	b.Run("result", func(b *testing.B) {
		s := open(b, ui.Options{}, size)
		for b.Loop() {
			s.Show(result)
			s.canvas.Capture()
		}
	})
	b.Run("result-without-rendering", func(b *testing.B) {
		s := open(b, ui.Options{}, size)
		for b.Loop() {
			s.Show(result)
		}
	})
	b.Run("refusal-without-rendering", func(b *testing.B) {
		s := open(b, ui.Options{}, size)
		for b.Loop() {
			s.Show(ui.Result{Receipt: refusal(attendance.UnknownCard), Settings: settings})
		}
	})
	b.Run("ready-without-rendering", func(b *testing.B) {
		s := open(b, ui.Options{}, size)
		for b.Loop() {
			s.Show(result)
			s.Show(ui.Fault{})
			s.Show(ready)
		}
	})
}
