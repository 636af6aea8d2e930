package ingest

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Journal keeps what tablets tell.
type Journal interface {
	// Deliver keeps several deliveries in one transaction; it has committed when
	// it returns without an error.
	Deliver(ctx context.Context, deliveries []device.Delivery) ([]device.Outcome, error)
}

// Feed has what tablets need to know.
type Feed interface {
	FeedPage(ctx context.Context, from wire.Address, pull *wire.FeedPull, maxBytes int) (*wire.FeedPage, error)
	SitePage(ctx context.Context, site attendance.SiteID, have uint64, maxBytes int) (*wire.FeedPage, error)
	OnlineAt(ctx context.Context, site attendance.SiteID) ([]wire.Address, error)
}

// Health keeps which tablets are online and how they are.
type Health interface {
	// Presence fails with device.ErrBusy while the tablet's rows are being stored.
	Presence(ctx context.Context, from wire.Address, p *wire.Presence) (changed bool, err error)
	Pulses(ctx context.Context, pulses map[wire.Address]*wire.Pulse) (device.Heard, error)
}

// Downlink reaches tablets, and whoever watches in the cloud.
type Downlink interface {
	Send(to wire.Address, leaf wire.Leaf, payload []byte) error
	Announce(org attendance.OrgID, topic, id string)
	// Cut ends a tablet's connection. It comes again, and is let in or turned away.
	Cut(dev attendance.DeviceID)
}

// Config is what an Ingest needs.
type Config struct {
	Journal  Journal
	Feed     Feed
	Health   Health
	Downlink Downlink
	// Attend is told of a tablet for which commands may wait: it has come online,
	// or it is there and has not answered. It must not block for long.
	Attend func(ctx context.Context, dev attendance.DeviceID)
	// Writers is how many transactions may be under way at a time of what waited in
	// tablets, and as many of what happens now; a tablet's rows always take the same
	// turn. 0: one.
	Writers int
	// Asking is how many tablets may wait for a page of the feed; more ask again. 0: 100,000.
	Asking int
	// Heads is how far the feed of each site goes at the start.
	Heads  map[attendance.SiteID]uint64
	Now    func() time.Time
	Logger *slog.Logger
}

// Ingest answers tablets. Make one with New, run it with Run, and give each
// message to Handle.
type Ingest struct {
	Config
	turns  []*turn // one for each writer
	unkept unkept
	slow   slow

	mu        sync.Mutex
	pulses    map[wire.Address]*wire.Pulse
	presences map[wire.Address][]*wire.Presence // in the order in which they came
	dirty     map[attendance.SiteID]bool
	pulls     map[wire.Address]*wire.FeedPull // the newest of each tablet, until somebody answers it
	pushed    map[attendance.SiteID]uint64    // how far this replica has told its tablets

	pulsed   chan struct{}     // something is in pulses
	appeared chan struct{}     // something is in presences
	moved    chan struct{}     // something is in dirty
	asking   chan wire.Address // tablets with something in pulls, in the order they asked
}

// New returns an Ingest that does nothing yet.
func New(cfg Config) *Ingest {
	pushed := map[attendance.SiteID]uint64{}
	maps.Copy(pushed, cfg.Heads)
	in := &Ingest{
		Config:    cfg,
		turns:     make([]*turn, max(1, cfg.Writers)),
		pulses:    map[wire.Address]*wire.Pulse{},
		presences: map[wire.Address][]*wire.Presence{},
		dirty:     map[attendance.SiteID]bool{},
		pulls:     map[wire.Address]*wire.FeedPull{},
		pushed:    pushed,
		unkept:    unkept{tablets: map[wire.Address]time.Time{}},
		slow:      slow{tablets: map[wire.Address]time.Time{}},
		pulsed:    make(chan struct{}, 1),
		appeared:  make(chan struct{}, 1),
		moved:     make(chan struct{}, 1),
		asking:    make(chan wire.Address, cmp.Or(cfg.Asking, maxAsking)),
	}
	for i := range in.turns {
		in.turns[i] = newTurn(maxWaiting / len(in.turns))
	}
	return in
}

// Leaves returns the kinds of message that Handle understands.
func Leaves() []wire.Leaf {
	return []wire.Leaf{wire.UpJournal, wire.UpPull, wire.UpPulse, wire.UpPresence}
}

// Run does the work that is done in the background, until ctx ends: what was
// handed over by then is still committed.
func (in *Ingest) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, turn := range in.turns {
		wg.Go(func() {
			var lanes sync.WaitGroup
			lanes.Go(func() { in.commit(ctx, turn, &turn.live, turn.takeLive) })
			lanes.Go(func() { in.commit(ctx, turn, &turn.backlog, turn.takeBacklog) })
			lanes.Wait()
			in.finish(context.WithoutCancel(ctx), turn)
		})
	}
	wg.Go(func() { in.keepPulses(ctx) })
	wg.Go(func() { in.keepPresences(ctx) })
	wg.Go(func() { in.push(ctx) })
	for range readers {
		wg.Go(func() { in.answerPulls(ctx) })
	}
	wg.Wait()
}

// Handle takes one message of a tablet. It may block while the store is behind.
func (in *Ingest) Handle(ctx context.Context, from wire.Address, leaf wire.Leaf, payload []byte) {
	switch leaf {
	case wire.UpJournal:
		in.journal(ctx, from, payload)
	case wire.UpPull:
		in.pull(from, payload)
	case wire.UpPulse:
		in.pulse(from, payload)
	case wire.UpPresence:
		in.presence(from, payload)
	default:
		in.Logger.Warn("message of an unknown kind", "device", from.Device, "leaf", leaf)
	}
}
