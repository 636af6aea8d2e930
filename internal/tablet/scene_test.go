package tablet

import (
	"testing"

	"muster/device"
	"muster/ui/scene"
)

// What a person sees when several things are so at once.
func TestScene(t *testing.T) {
	t.Parallel()
	settings := device.Settings{Site: "Nord", Device: "Gate 2"}
	answer := scene.Result{Settings: settings}
	capture := scene.Capture{Name: "Anna"}
	activation := scene.Activation{UserCode: "BCDF-GHJK"}
	locked := device.Lock{Locked: true, Message: "closed"}
	// Everything at once; each line takes away what was shown.
	s := state{
		starting: true, storage: "storage is full", activation: &activation, revoked: true, answer: answer, capture: &capture,
		lock: locked, reader: device.ReaderReady, settings: settings,
	}
	for _, c := range []struct {
		take func()
		want string
	}{
		{func() {}, "nothing new"},
		{func() { s.starting = false }, "answer"}, // that it was refused
		{func() { s.answer = nil }, "fault storage is full"},
		{func() { s.storage = "" }, "activation"},
		{func() { s.answer = answer }, "answer"}, // "not set up yet"
		{func() { s.activation.Step = scene.FetchingCertificate }, "activation"},
		{func() { s.activation = nil }, "answer"},
		{func() { s.answer = nil }, "revoked"},
		{func() { s.revoked = false }, "capture"},
		{func() { s.reader, s.detail = device.ReaderMissing, "unplugged" }, "locked"},
		{func() { s.lock = device.Lock{} }, "fault unplugged"},
		{func() { s.noReader = true }, "capture"},
		{func() { s.capture = nil }, "ready"},
		{func() { s.noReader, s.reader = false, device.ReaderFailing }, "fault unplugged"},
		{func() { s.reader = device.ReaderStarting }, "ready"},
	} {
		c.take()
		if got := name(s.scene()); got != c.want {
			t.Errorf("%+v shows %s, want %s", s, got, c.want)
		}
	}
}

func name(s scene.Scene) string {
	switch s := s.(type) {
	case nil:
		return "nothing new"
	case scene.Activation:
		return "activation"
	case scene.Ready:
		return "ready"
	case scene.Result:
		return "answer"
	case scene.Capture:
		return "capture"
	case scene.Fault:
		return "fault " + s.Detail
	case scene.Locked:
		return "locked"
	case scene.Revoked:
		return "revoked"
	case scene.Invitation:
		return "invitation"
	default:
		return "unknown"
	}
}
