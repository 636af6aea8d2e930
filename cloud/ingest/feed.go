package ingest

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// pageBytes is how much of a feed goes into one message, before it is packed. A
// photo is smaller.
const pageBytes = 256 << 10

// pushBytes is how much is pushed unasked; more is pulled, what is urgent first.
const pushBytes = 64 << 10

const (
	readTimeout = 10 * time.Second
	readers     = 2       // pages that are read at the same time
	maxAsking   = 100_000 // tablets that wait for a page; more ask again
)

// pull takes note that a tablet wants to go on reading. A tablet has one page on
// its way at most: it asks for the next when it has this one, so what else it is
// sent never waits behind more than that.
func (in *Ingest) pull(from wire.Address, payload []byte) {
	p := new(wire.FeedPull)
	if err := proto.Unmarshal(payload, p); err != nil {
		in.Logger.Warn("pull can't be read", "device", from.Device, "err", err)
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if _, asked := in.pulls[from]; asked {
		in.pulls[from] = p // it keeps its place
		return
	}
	select {
	case in.asking <- from:
		in.pulls[from] = p
	default:
		in.Logger.Warn("too many pulls", "device", from.Device)
	}
}

// answerPulls answers tablets that say how far they have read with the page that
// follows, until ctx ends.
func (in *Ingest) answerPulls(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case from := <-in.asking:
			in.answerNext(ctx, from)
		}
	}
}

// AnswerAsked answers the tablets that have asked so far, without Run.
func (in *Ingest) AnswerAsked(ctx context.Context) {
	for {
		select {
		case from := <-in.asking:
			in.answerNext(ctx, from)
		default:
			return
		}
	}
}

func (in *Ingest) answerNext(ctx context.Context, from wire.Address) {
	in.mu.Lock()
	p := in.pulls[from]
	delete(in.pulls, from)
	in.mu.Unlock()
	in.answerPull(ctx, from, p)
}

func (in *Ingest) answerPull(ctx context.Context, from wire.Address, p *wire.FeedPull) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := in.Feed.FeedPage(ctx, from, p, pageBytes)
	if err != nil {
		in.Logger.Error("pull", "device", from.Device, "err", err)
		return
	}
	if page.GetSnapshot() {
		in.Logger.Info("snapshot begins", "device", from.Device, "had", p.GetHave(), "head", page.GetHead())
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
		if head < in.pushed[site] { // the database was replaced by a copy that lacks the last changes
			in.pushed[site] = head
		}
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
	page, err := in.Feed.SitePage(ctx, site, have, pushBytes)
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
