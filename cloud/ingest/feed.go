package ingest

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// pageBytes is how much of a feed goes into one message. A photo is smaller.
const pageBytes = 128 << 10

const readTimeout = 10 * time.Second

// pull answers a tablet that says how far it has read with the page that follows.
func (in *Ingest) pull(ctx context.Context, from wire.Address, payload []byte) {
	var p wire.FeedPull
	if err := proto.Unmarshal(payload, &p); err != nil {
		in.Logger.Warn("pull can't be read", "device", from.Device, "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := in.Feed.FeedPage(ctx, from, p.GetEpoch(), p.GetHave(), pageBytes)
	if err != nil {
		in.Logger.Error("pull", "device", from.Device, "err", err)
		return
	}
	in.send(from, wire.DownFeed, page)
}

// FeedMoved says that a site's feed has grown; the site's tablets that are
// online are told soon. It doesn't block.
func (in *Ingest) FeedMoved(site attendance.SiteID) {
	in.mu.Lock()
	in.dirty[site] = true
	in.mu.Unlock()
	wake(in.moved)
}

// CatchUp compares how far the feeds go with what was told, and has told what
// is missing: another replica may have moved a feed without being heard.
func (in *Ingest) CatchUp(heads map[attendance.SiteID]uint64) {
	in.mu.Lock()
	for site, head := range heads {
		if head > in.pushed[site] {
			in.dirty[site] = true
		}
	}
	behind := len(in.dirty) > 0
	in.mu.Unlock()
	if behind {
		wake(in.moved)
	}
}

// push tells tablets what is new, until ctx ends. A push says which version it
// follows; a tablet that hasn't got that one pulls.
func (in *Ingest) push(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-in.moved:
		}
		in.mu.Lock()
		dirty := in.dirty
		in.dirty = map[attendance.SiteID]bool{}
		in.mu.Unlock()
		for site := range dirty {
			in.mu.Lock()
			have := in.pushed[site]
			in.mu.Unlock()
			to, err := in.pushSite(ctx, site, have)
			if err != nil {
				in.Logger.Error("push feed", "site", site, "err", err) // the next push or pull heals it
				continue
			}
			in.mu.Lock()
			in.pushed[site] = to
			in.mu.Unlock()
		}
	}
}

func (in *Ingest) pushSite(ctx context.Context, site attendance.SiteID, have uint64) (head uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := in.Feed.SitePage(ctx, site, have, pageBytes)
	if err != nil {
		return have, err
	}
	online, err := in.Feed.OnlineAt(ctx, site)
	if err != nil {
		return have, err
	}
	for _, a := range online {
		in.send(a, wire.DownFeed, page)
	}
	return page.GetHead(), nil // what didn't fit is pulled
}

// wake makes whoever receives from c look again.
func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}
