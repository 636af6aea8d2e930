package onboarding

import (
	"context"
	cryptorand "crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"muster/attendance"
	"muster/invite"
)

// Queue is where messages wait.
type Queue interface {
	TakeOn(ctx context.Context, worker string, n int, until time.Time) ([]invite.Job, error)
	// Turn notes what became of messages, and which are about to be handed over; it
	// returns those that may be. All of it is noted, or nothing.
	Turn(ctx context.Context, worker string, done []invite.Outcome, next []invite.Handing) ([]invite.MessageID, error)
	Settle(ctx context.Context, worker string, outcomes []invite.Outcome) error
}

// Texts knows what an organisation's messages look like.
type Texts interface {
	Letterhead(ctx context.Context, org attendance.OrgID) (invite.Letterhead, error)
}

// Provider takes messages of one channel. Its errors are *invite.Undeliverable,
// or ctx's: then nothing was sent.
type Provider interface {
	Send(ctx context.Context, m invite.Message) (invite.Receipt, error)
}

// Resting is a Provider that knows when it is of no use to ask it.
type Resting interface {
	// Paused tells since when it fails for everybody, until when it is left alone, and
	// why; nil: it doesn't.
	Paused() (since, until time.Time, why *invite.Undeliverable)
}

// Config is what a Sender needs.
type Config struct {
	Queue     Queue
	Texts     Texts
	Providers map[invite.Channel]Provider
	PublicURL string // of the portal, without a slash at the end
	Worker    string // a name of its own among all that send
	Now       func() time.Time
	Logger    *slog.Logger
	// Hands is how many hand messages over at the same time. 0: 4.
	Hands int
}

// The pace of a Sender.
const (
	portion  = 128              // messages taken on at once
	together = 8                // messages of one hand noted together; so many times Hands may be in doubt after a kill
	quick    = time.Millisecond // for a message: then fewer hands take more at once
	endless  = math.MaxInt      // portions
	lease    = 5 * time.Minute  // how long they are ours
	idle     = 15 * time.Second // between looks when nobody says that there is something
	tries    = 8                // of one message
	slowest  = 6 * time.Hour    // between two tries
	slack    = 10 * time.Second // at most, after a provider's pause
	noted    = 10 * time.Second // at most, to note something in the store
)

// Sender sends. Make one with New, let it Run; Wake tells it that there is
// something.
type Sender struct {
	Config
	wake  chan struct{}
	forms forms
}

// New returns a sender that doesn't send yet.
func New(c Config) *Sender {
	if c.Hands == 0 {
		c.Hands = 4
	}
	return &Sender{Config: c, wake: make(chan struct{}, 1)}
}

// Wake makes the sender look at once. It never blocks.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := s.work(ctx, endless)
		if err != nil && ctx.Err() == nil {
			s.Logger.Error("sending", "err", err)
		}
		if n > 0 && err == nil {
			continue
		}
		pause := time.NewTimer(idle/2 + rand.N(idle))
		select {
		case <-s.wake:
		case <-pause.C:
		case <-ctx.Done():
		}
		pause.Stop()
	}
}

// Round sends one portion of what is due and returns how many messages it took
// on.
func (s *Sender) Round(ctx context.Context) (int, error) { return s.work(ctx, 1) }

// parcel is a few messages of one portion.
type parcel struct {
	*composer
	jobs []invite.Job
}

// work sends portions of what is due, while there is anything and all goes well,
// and returns how many messages it took on. The next portion is taken on while the
// one before is being sent.
func (s *Sender) work(ctx context.Context, portions int) (taken int, err error) {
	queue := make(chan parcel, portion/together)
	book := openLedger(ctx, s.Queue, s.Worker)
	errs := make([]error, s.Hands)
	shared := newShares(s.Hands)
	var failed atomic.Bool
	var hands sync.WaitGroup
	for i := range s.Hands {
		hands.Go(func() {
			h := hand{shares: shared, rests: i >= (s.Hands+1)/2}
			for p, ok := h.next(book, queue); ok; p, ok = h.next(book, queue) {
				if h.err = errors.Join(h.err, s.parts(ctx, book, &h, p)); h.err != nil {
					failed.Store(true)
				}
			}
			errs[i] = h.err
		})
	}
	for n := 0; n < portions && !failed.Load(); n++ {
		most := s.room()
		if most == 0 {
			break
		}
		var jobs []invite.Job
		if jobs, err = s.Queue.TakeOn(ctx, s.Worker, most, s.Now().Add(lease)); err != nil || len(jobs) == 0 {
			break
		}
		taken += len(jobs)
		c := &composer{Texts: s.Texts, url: s.PublicURL, now: s.Now, forms: &s.forms}
		for part := range slices.Chunk(jobs, together) {
			queue <- parcel{c, part}
		}
		if most < portion {
			break // it tries whether a provider is back
		}
	}
	close(queue)
	hands.Wait()
	book.close()
	return taken, errors.Join(append(errs, err)...)
}

// room is how many messages to take on: none while every provider is away, and one
// that tries when a pause is over. The others wait where they are, and no try of
// theirs is used up.
func (s *Sender) room() int {
	most := 0
	for _, p := range s.Providers {
		r, ok := p.(Resting)
		if !ok {
			return portion
		}
		switch _, until, why := r.Paused(); {
		case why == nil:
			return portion
		case !time.Now().Before(until): // by the machine's clock, as the provider's own
			most = 1
		}
	}
	if len(s.Providers) == 0 {
		return portion
	}
	return most
}

// Outages lists the providers that take no messages now.
func (s *Sender) Outages() (all []invite.Outage) {
	for channel, p := range s.Providers {
		if r, ok := p.(Resting); ok {
			if since, _, why := r.Paused(); why != nil {
				all = append(all, invite.Outage{Channel: channel, Since: since, Reason: why.Reason, Detail: why.Detail})
			}
		}
	}
	slices.SortFunc(all, func(a, b invite.Outage) int { return strings.Compare(string(a.Channel), string(b.Channel)) })
	return all
}

// hand is one of those that hand messages over: what became of the last few is
// noted together with the next few, or at once where there are none.
type hand struct {
	*shares
	has      int  // parcels that it may have in doubt
	rests    bool // while the provider is quick
	outcomes []invite.Outcome
	err      error
}

// next returns what to send next; ok is false when all is done and noted.
func (h *hand) next(book *ledger, queue <-chan parcel) (all []parcel, ok bool) {
	for {
		var enough bool
		if h.has, enough = h.share(h.has, h.rests); enough {
			break
		}
		h.settle(book) // what it gives back must not be in doubt
		h.has = h.giveBack(h.has, h.rests)
	}
	for len(all) < h.has {
		select {
		case p, more := <-queue:
			if more {
				all = append(all, p)
				continue
			}
		default:
		}
		break
	}
	if len(all) > 0 {
		return all, true
	}
	h.settle(book)
	p, ok := <-queue
	if !ok {
		h.leave(h.has)
	}
	return []parcel{p}, ok
}

// settle notes what became of the last few.
func (h *hand) settle(book *ledger) {
	if len(h.outcomes) > 0 {
		_, err := book.note(h.outcomes, nil)
		h.outcomes, h.err = nil, errors.Join(h.err, err)
	}
}

// parts sends a few messages.
func (s *Sender) parts(ctx context.Context, book *ledger, h *hand, parcels []parcel) error {
	var handings []invite.Handing
	messages := map[invite.MessageID]invite.Message{}
	attempts := map[invite.MessageID]int{}
	for _, p := range parcels {
		if err := s.compose(ctx, h, p, attempts, messages, &handings); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // nothing was begun
	}
	good, err := book.note(h.outcomes, handings)
	if h.outcomes = nil; err != nil {
		return err
	}
	began := time.Now()
	for _, id := range good {
		h.outcomes = append(h.outcomes, s.hand(ctx, messages[id], attempts[id]))
	}
	h.learn(time.Since(began), len(good))
	return nil
}

// compose writes the messages of a parcel.
func (s *Sender) compose(ctx context.Context, h *hand, p parcel, attempts map[invite.MessageID]int, messages map[invite.MessageID]invite.Message, handings *[]invite.Handing) error {
	for _, j := range p.jobs {
		attempts[j.ID] = j.Attempt
		secret, hash := newSecret()
		m, expires, failed, err := p.compose(ctx, j, secret)
		switch {
		case err != nil:
			return err // the store's: the message stays ours until the lease is over
		case failed != nil:
			h.outcomes = append(h.outcomes, invite.Outcome{ID: j.ID, Failed: failed})
		default:
			messages[j.ID] = m
			*handings = append(*handings, invite.Handing{ID: j.ID, Channel: m.Channel, Address: m.To, Language: m.Language, Token: hash, Expires: expires})
		}
	}
	return nil
}

// hand gives one message to its provider.
func (s *Sender) hand(ctx context.Context, m invite.Message, attempt int) invite.Outcome {
	o := invite.Outcome{ID: m.ID}
	p := s.Providers[m.Channel]
	if p == nil {
		o.Failed = &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
		return o
	}
	receipt, err := p.Send(ctx, m)
	if err == nil {
		o.Receipt = receipt
		return o
	}
	switch {
	case errors.As(err, &o.Failed) && o.Failed.Unknown:
		return invite.Outcome{ID: m.ID, Perhaps: true}
	case o.Failed == nil && ctx.Err() != nil:
		o.Failed, o.Again, o.Free = &invite.Undeliverable{Reason: invite.ProviderDown}, s.Now(), true
		return o
	case o.Failed == nil:
		o.Failed = &invite.Undeliverable{Reason: invite.ProviderDown, Detail: err.Error(), Everybody: true}
	}
	if o.Failed.Everybody {
		// An outage is nobody's fault: the message waits, as long as it lasts.
		o.Free, o.Again = true, s.Now().Add(max(o.Failed.After+rand.N(slack), backoff(1)))
		return o
	}
	if !o.Failed.Permanent && attempt < tries {
		o.Again = s.Now().Add(max(o.Failed.After, backoff(attempt)))
	}
	return o
}

// backoff is how long to wait after a failure: from half a minute on, doubled each
// time, with a part by chance so that a thousand messages don't come back at once.
func backoff(attempt int) time.Duration {
	d := min(30*time.Second<<min(attempt-1, 12), slowest)
	return d/2 + rand.N(d)
}

// newSecret draws the secret of a link, and the hash that is kept of it.
func newSecret() (string, []byte) {
	b := make([]byte, 32)
	_, _ = cryptorand.Read(b) // never fails since Go 1.24: it ends the program instead
	secret := base64.RawURLEncoding.EncodeToString(b)
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:]
}
