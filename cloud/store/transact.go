package store

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"muster/attendance"
	"muster/device"
)

// tx is one write transaction. It remembers which feeds it has added to.
type tx struct {
	conn
	now     time.Time
	term    string // of the feeds
	hold    time.Duration
	sms     bool
	atOnce  uint64 // see redateAtOnce
	touched map[attendance.SiteID]bool
	unheard []told

	thrift  thrift
	spent   int // of it
	box     *ballotBox
	ballots map[ballotKey]*ballot // for the box, once it is committed
}

// told is news for whoever watches, once it is committed.
type told struct {
	org  attendance.OrgID
	news device.News
}

func (t *tx) tell(org attendance.OrgID, news ...device.News) {
	for _, n := range news {
		t.unheard = append(t.unheard, told{org, n})
	}
}

// patience is how long a change that others get in the way of is run again.
const patience = 20 * time.Second

// change runs f in one write transaction, committed when f returns nil and
// rolled back otherwise. Then whoever follows the feeds is told. What f reads
// holds until the commit, as if it were alone; where a database finds that it
// didn't, f runs once more from the beginning. So f keeps nothing from one run to
// the next.
func (s *Store) change(ctx context.Context, f func(*tx) error) error {
	return s.transact(ctx, sql.LevelSerializable, f)
}

// changeLocked is change for an f that by itself locks the rows that it goes by,
// always in the same order. It is for what happens often: others are not in its
// way without need.
func (s *Store) changeLocked(ctx context.Context, f func(*tx) error) error {
	return s.transact(ctx, sql.LevelReadCommitted, f)
}

func (s *Store) transact(ctx context.Context, level sql.IsolationLevel, f func(*tx) error) error {
	over := time.Now().Add(patience) // the machine's clock: s.now may stand still
	for try := 0; ; try++ {
		err := s.run(ctx, level, f)
		if err == nil || !s.again(err, try) || time.Now().After(over) {
			return err
		}
		// Those who got in each other's way don't come back at the same moment.
		wait := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return err
		}
	}
}

// again tells whether a transaction that failed is worth another run. A
// duplicate may be one that came between looking and writing; the second time it
// is seen by looking.
func (s *Store) again(err error, try int) bool {
	duplicate, again, _ := s.write.Judge(err)
	return again && (!duplicate || try == 0)
}

func (s *Store) run(ctx context.Context, level sql.IsolationLevel, f func(*tx) error) error {
	c, err := s.write.begin(ctx, &sql.TxOptions{Isolation: level})
	if err != nil {
		return err
	}
	defer c.rollback()
	t := &tx{conn: c, now: s.now(), term: s.termNow(), hold: s.hold, sms: s.sms, atOnce: s.atOnce, touched: map[attendance.SiteID]bool{}, thrift: s.thrift, box: s.box}
	if err := f(t); err != nil {
		return err
	}
	if err := t.markRequest(ctx); err != nil {
		return err
	}
	if err := c.commit(); err != nil {
		return err
	}
	s.box.put(t.ballots)
	if s.onFeed != nil {
		for site := range t.touched {
			s.onFeed(site)
		}
	}
	if s.onNews != nil {
		for _, n := range t.unheard {
			s.onNews(n.org, n.news)
		}
	}
	return nil
}

// moment is a transaction that reads: all of it sees the same moment.
var moment = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
