package ingest

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/wire"
)

// mostPresences is how much of one tablet waits to be kept of sessions that began or ended. Of
// one that comes and goes all the time, the oldest is of no matter any more.
const mostPresences = 8

// presence has it kept in the background that a session began or ended: while one tablet's
// rows are being stored, others are heard.
func (in *Ingest) presence(from wire.Address, payload []byte) {
	var p wire.Presence
	if err := proto.Unmarshal(payload, &p); err != nil || !nonce(p.GetSession()) {
		in.Logger.Warn("presence can't be read", "device", from.Device, "err", err)
		return
	}
	in.mu.Lock()
	in.presences[from] = newest(append(in.presences[from], &p))
	in.mu.Unlock()
	wake(in.appeared)
}

// newest are those of a tablet that still matter: what came before the newest session that
// began is over, and could be stored after what another replica knows of it by now.
func newest(all []*wire.Presence) []*wire.Presence {
	for i := len(all) - 1; i > 0; i-- {
		if all[i].GetOnline() {
			all = all[i:]
			break
		}
	}
	return all[max(0, len(all)-mostPresences):]
}

// keepPresences stores which sessions began and ended, of each tablet in the order in which
// it came, until ctx ends. Where a tablet is busy, all of it waits, and nobody else.
func (in *Ingest) keepPresences(ctx context.Context) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-in.appeared:
		case <-again:
		}
		again = nil
		in.mu.Lock()
		came := in.presences
		in.presences = map[wire.Address][]*wire.Presence{}
		in.mu.Unlock()
		for from, all := range came {
			for len(all) > 0 && ctx.Err() == nil && in.keepPresence(ctx, from, all[0]) {
				all = all[1:]
			}
			if len(all) == 0 {
				continue
			}
			again = time.After(soon)
			in.mu.Lock()
			in.presences[from] = newest(append(all, in.presences[from]...))
			in.mu.Unlock()
		}
	}
}

// keepPresence keeps one; done is false while the tablet is busy, or nobody is served any more.
func (in *Ingest) keepPresence(ctx context.Context, from wire.Address, p *wire.Presence) (done bool) {
	stored, cancel := context.WithTimeout(ctx, storeTimeout)
	changed, err := in.Health.Presence(stored, from, p)
	cancel()
	switch {
	case errors.Is(err, device.ErrBusy), err != nil && ctx.Err() != nil:
		return false
	case err != nil:
		in.Logger.Error("presence", "device", from.Device, "err", err) // its next pulse says the same
	case changed:
		in.Downlink.Announce(from.Org, "device", string(from.Device))
		if p.GetOnline() {
			in.Attend(ctx, from.Device)
		}
	}
	return true
}
