package swarm

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
)

// punch is what the API tells of one.
type punch struct {
	ID         string    `json:"id"`
	Device     string    `json:"device"`
	DeviceName string    `json:"device_name"`
	Card       string    `json:"card"`
	DeviceTime time.Time `json:"device_time"`
	Received   time.Time `json:"received"`
}

// page asks for punches of a site, newest first; an empty one means all.
func (f *Fleet) page(ctx context.Context, site string, from time.Time, before string) (items []punch, next string, err error) {
	q := url.Values{"limit": {"1000"}, "from": {from.UTC().Format(time.RFC3339Nano)}}
	if site != "" {
		q.Set("site", site)
	}
	if before != "" {
		q.Set("before", before)
	}
	var list struct {
		Items []punch `json:"items"`
		Next  string  `json:"next"`
	}
	err = f.API.Do(ctx, http.MethodGet, "/api/v1/punches?"+q.Encode(), nil, &list)
	return list.Items, list.Next, err
}

// Times of the watch: how often it looks, and how long it looks for one tick. A
// tick that takes longer has its delay from the cloud's own note of when the row came.
const (
	lookEvery = 100 * time.Millisecond
	lookFor   = 30 * time.Second
)

// Watch looks at the cloud's list of punches, as an open console would, for those
// that connected tablets have just shown, until ctx ends.
func (f *Fleet) Watch(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, lookEvery)
		first, ok := f.ledger.oldest(time.Now().Add(-lookFor))
		if !ok {
			continue
		}
		before := ""
		for range 5 {
			items, next, err := f.page(ctx, "", first.Add(-time.Second), before)
			if err != nil {
				break // the cloud is being restarted, or the watch ends
			}
			now := time.Now()
			for _, p := range items {
				if id, err := uuid.Parse(p.ID); err == nil {
					f.ledger.seen(id, now, func(t *tick) bool { return f.members[t.member].epoch.Load() == t.epoch })
				}
			}
			if before = next; next == "" {
				break
			}
		}
	}
}
