package main

import (
	"slices"
	"testing"

	"muster/attendance"
	"muster/device"
	"muster/internal/tablet"
	"muster/ui"
)

// heard writes down what lamps and buzzer are asked for.
type heard struct{ all []string }

func (h *heard) Accepted() { h.all = append(h.all, "accepted") }
func (h *heard) Refused()  { h.all = append(h.all, "refused") }
func (h *heard) Waiting()  { h.all = append(h.all, "waiting") }
func (h *heard) Fault()    { h.all = append(h.all, "fault") }

// blank is a kiosk that nobody looks at.
type blank struct{ tablet.Kiosk }

func (blank) Show(ui.Scene) {}

// TestAFaultIsHeardOnce: whoever taps at a tablet that is out of order hears the
// refusal alone.
func TestAFaultIsHeardOnce(t *testing.T) {
	t.Parallel()
	refused := ui.Result{Receipt: attendance.Receipt{Reason: attendance.StorageFault}}
	for name, c := range map[string]struct {
		shown []ui.Scene
		want  []string
	}{
		"after a refusal": {
			[]ui.Scene{ui.Fault{Storage: true}, refused, ui.Fault{Storage: true}, refused, ui.Fault{Storage: true}},
			[]string{"fault", "refused", "refused"},
		},
		"in other words": {
			[]ui.Scene{ui.Fault{Reader: device.ReaderFailing, Detail: "4 restarts"}, ui.Fault{Reader: device.ReaderFailing, Detail: "5 restarts"}},
			[]string{"fault"},
		},
		"found by a tap": {
			[]ui.Scene{ui.Ready{}, refused, ui.Fault{Storage: true}},
			[]string{"refused", "fault"},
		},
		"another one": {
			[]ui.Scene{ui.Fault{Reader: device.ReaderFailing}, refused, ui.Fault{Reader: device.ReaderMissing}},
			[]string{"fault", "refused", "fault"},
		},
		"mended and back": {
			[]ui.Scene{ui.Fault{Reader: device.ReaderMissing}, ui.Ready{}, ui.Fault{Reader: device.ReaderMissing}},
			[]string{"fault", "fault"},
		},
	} {
		h := &heard{}
		k := &signalled{Kiosk: blank{}, lamps: h}
		for _, scene := range c.shown {
			k.Show(scene)
		}
		if !slices.Equal(h.all, c.want) {
			t.Errorf("%s: heard %v, want %v", name, h.all, c.want)
		}
	}
}
