package ingest

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// Bounds of what a tablet may say about itself.
const (
	maxSession = 64
	maxText    = 500
)

// nonce tells whether a session is named in printable ASCII.
func nonce(s string) bool {
	return s != "" && len(s) <= maxSession && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// pulse answers at once, because the tablet reckons its clock by it, and keeps
// the pulse in the background.
func (in *Ingest) pulse(from wire.Address, payload []byte) {
	received := in.Now()
	var p wire.Pulse
	if err := proto.Unmarshal(payload, &p); err != nil {
		in.Logger.Warn("pulse can't be read", "device", from.Device, "err", err)
		return
	}
	p.Version, p.Reader, p.ReaderDetail = cut(p.GetVersion()), cut(p.GetReader()), cut(p.GetReaderDetail())
	if !nonce(p.GetSession()) {
		p.Session = ""
	}
	p.ProtoReflect().SetUnknown(nil)
	in.send(from, wire.DownPulse, &wire.PulseReply{
		SentUs: p.GetSentUs(), ReceivedUs: received.UnixMicro(), RepliedUs: in.Now().UnixMicro(),
	})
	in.mu.Lock()
	in.pulses[from] = &p
	in.mu.Unlock()
	wake(in.pulsed)
}

func cut(s string) string {
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText])
	}
	return s
}

// soon is when the pulse of a tablet is stored whose rows were being stored.
const soon = 100 * time.Millisecond

// keepPulses stores the newest pulse of each tablet, all that came meanwhile in
// one transaction, until ctx ends.
func (in *Ingest) keepPulses(ctx context.Context) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-in.pulsed:
		case <-again:
		}
		in.mu.Lock()
		pulses := in.pulses
		in.pulses = map[wire.Address]*wire.Pulse{}
		in.mu.Unlock()
		heard, err := in.Health.Pulses(ctx, pulses)
		if err != nil {
			in.Logger.Error("pulses not kept", "tablets", len(pulses), "err", err) // the next ones come soon
			continue
		}
		if again = nil; in.putBack(pulses, heard.Busy) {
			again = time.After(soon)
		}
		for from := range pulses {
			in.Downlink.Announce(from.Org, "device", string(from.Device))
		}
		for _, dev := range heard.Ordered {
			in.Attend(ctx, dev)
		}
	}
}

// putBack has pulses that were not stored wait again, unless there is a newer one.
func (in *Ingest) putBack(pulses map[wire.Address]*wire.Pulse, busy []attendance.DeviceID) (some bool) {
	waits := make(map[attendance.DeviceID]bool, len(busy))
	for _, dev := range busy {
		waits[dev] = true
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for from, p := range pulses {
		if !waits[from.Device] {
			continue
		}
		delete(pulses, from)
		if in.pulses[from] == nil {
			in.pulses[from] = p
		}
	}
	return len(busy) > 0
}
