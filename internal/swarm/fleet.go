package swarm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"muster/attendance"
	"muster/internal/stage"
)

// Config says what fleet to run against which cloud.
type Config struct {
	Tablets int
	PerSite int // tablets of one site
	People  int // of one site
	Dir     string
	API     *stage.API // signed in as an admin of the organisation
	Device  string     // where tablets are activated, "https://host:port"
	CA      string     // path of the cloud's authority, PEM
	Name    string     // of this run, so that several can share an organisation; empty: drawn
	// Patience is how long tablets may take to bring everything to the cloud once
	// all is well again; 0: the longest pause between two attempts, several times.
	Patience time.Duration
	// Sabotage is done to the files of every tablet that is killed; nil: nothing.
	Sabotage func(dir string) error
	// Progress is told what is going on, in a few words; nil: nobody is.
	Progress func(string)
}

// Fleet is some tablets and the people in front of them. Make one with New.
type Fleet struct {
	Config
	roots   *x509.CertPool
	ledger  *ledger
	members []*member
	people  []person
	sites   []string
	began   time.Time
	memory  uint64 // of this process before there were tablets

	kills, cuts, fulls, storms, restarts atomic.Int64

	mu      sync.Mutex
	reasons map[attendance.Reason]int
	out     map[*member]int // outages that a tablet is in
	failed  []error         // of the swarm itself
}

// person is somebody with a card.
type person struct {
	site int
	uid  []byte
}

// New makes sites, people, cards and activation codes in the cloud, as an
// integration would.
func New(ctx context.Context, c Config) (*Fleet, error) {
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Minute
	}
	if c.Name == "" {
		c.Name = fmt.Sprintf("swarm-%d", time.Now().Unix())
	}
	f := &Fleet{Config: c, ledger: newLedger(), reasons: map[attendance.Reason]int{}, out: map[*member]int{}, began: time.Now(), memory: Memory(os.Getpid())}
	text, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("read the cloud's authority: %w", err)
	}
	f.roots = x509.NewCertPool()
	if !f.roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read the cloud's authority: %s holds no certificate in PEM", c.CA)
	}
	return f, f.seed(ctx)
}

// startAtOnce is how many tablets are activated at the same time.
const startAtOnce = 32

// Start activates all tablets and waits until each knows its people.
func (f *Fleet) Start(ctx context.Context) error {
	var ready atomic.Int64
	return together(ctx, startAtOnce, len(f.members), func(ctx context.Context, i int) error {
		m := f.members[i]
		if err := m.start(); err != nil {
			return err
		}
		for !m.activated(ctx, f.People) {
			select {
			case <-m.now().done:
				return fmt.Errorf("%s ended: %w", m.name, m.now().end())
			case <-ctx.Done():
				return fmt.Errorf("%s is not ready: %w", m.name, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
		if n := ready.Add(1); n%10 == 0 {
			f.Progress(fmt.Sprintf("%d of %d tablets are ready", n, len(f.members)))
		}
		return nil
	})
}

// Close ends all tablets, in order, and removes their data unless it is to be kept.
func (f *Fleet) Close(keep bool) error {
	err := together(context.Background(), startAtOnce, len(f.members), func(_ context.Context, i int) error {
		if l := f.members[i].now(); l != nil {
			return l.end()
		}
		return nil
	})
	if !keep {
		err = errors.Join(err, os.RemoveAll(f.Dir))
	}
	return err
}

// Settle waits until every tablet says that the cloud has everything.
func (f *Fleet) Settle(ctx context.Context) error {
	for {
		n := f.counted((*member).settled)
		if n == len(f.members) {
			return nil
		}
		if broken := f.counted((*member).broken); n+broken == len(f.members) {
			return fmt.Errorf("%d of %d tablets can't go on with what is on their disks", broken, len(f.members))
		}
		f.Progress(fmt.Sprintf("settling: the cloud has everything of %d of %d tablets", n, len(f.members)))
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d tablets have rows that the cloud has not confirmed: %w", len(f.members)-n, len(f.members), ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (f *Fleet) counted(is func(*member) bool) (n int) {
	for _, m := range f.members {
		if is(m) {
			n++
		}
	}
	return n
}

func (f *Fleet) refused(why attendance.Reason) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reasons[why]++
}

// fail notes what went wrong with the swarm itself.
func (f *Fleet) fail(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, err)
}
