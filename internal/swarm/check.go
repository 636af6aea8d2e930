package swarm

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// verdict is what came of holding the ledger against the cloud.
type verdict struct {
	stored     int // punches of the fleet's tablets in the cloud
	lost       []uuid.UUID
	doubled    int
	without    int             // stored without a tick
	live, late []time.Duration // from shown to stored: live ticks, and those that had to wait
	early      []time.Duration // live ticks while a backlog was drained
}

// place is what one tap can be in once only.
type place struct {
	device, card string
	at           int64
}

// compare holds the ledger against all punches of the fleet's tablets, id by id. taps is
// how often a card was held to each tablet, by its name.
func (l *ledger) compare(punches []punch, taps map[string]int64) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	var v verdict
	there := make(map[uuid.UUID]bool, len(punches))
	places := make(map[place]bool, len(punches))
	stored := map[string]int64{}
	for _, p := range punches {
		taken, ok := taps[p.DeviceName]
		if !ok {
			continue // somebody else's
		}
		v.stored++
		stored[p.DeviceName]++
		id, err := uuid.Parse(p.ID)
		at := place{p.Device, p.Card, p.DeviceTime.UnixNano()}
		if err != nil || there[id] || places[at] || stored[p.DeviceName] > taken {
			v.doubled++
			continue
		}
		there[id], places[at] = true, true
		t := l.ticks[id]
		switch {
		case t == nil:
			v.without++
		case t.live && !t.seen.IsZero() && t.early:
			v.early = append(v.early, t.seen.Sub(t.shown))
		case t.live && !t.seen.IsZero():
			v.live = append(v.live, t.seen.Sub(t.shown))
		default:
			v.late = append(v.late, max(p.Received.Sub(t.shown), 0))
		}
	}
	v.doubled += l.twice
	for id := range l.ticks {
		if !there[id] {
			v.lost = append(v.lost, id)
		}
	}
	return v
}

// all reads every punch of the fleet's sites since it began.
func (f *Fleet) all(ctx context.Context) ([]punch, error) {
	var punches []punch
	for _, site := range f.sites {
		before := ""
		for {
			items, next, err := f.page(ctx, site, f.began.Add(-time.Hour), before)
			if err != nil {
				return nil, fmt.Errorf("list punches: %w", err)
			}
			punches = append(punches, items...)
			if before = next; next == "" {
				break
			}
			f.Progress(fmt.Sprintf("comparing: %d punches read", len(punches)))
		}
	}
	return punches, nil
}

// quarantined counts the fleet's rows that the cloud could make nothing of.
func (f *Fleet) quarantined(ctx context.Context) (n int, err error) {
	ours := map[string]bool{}
	for _, m := range f.members {
		ours[m.name] = true
	}
	var list struct {
		Items []struct {
			DeviceName string `json:"device_name"`
		} `json:"items"`
	}
	if err := f.API.Do(ctx, http.MethodGet, "/api/v1/quarantine", nil, &list); err != nil {
		return 0, fmt.Errorf("list the quarantine: %w", err)
	}
	for _, i := range list.Items {
		if ours[i.DeviceName] {
			n++
		}
	}
	return n, nil
}
