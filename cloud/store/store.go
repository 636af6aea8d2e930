// Package store is the cloud's memory: what organisations, people and tablets
// there are, what the tablets told, and what the console and the API read of it.
//
// Every method that acts for somebody takes an access.Actor and checks, in the
// query itself, that organisation, role and sites allow it. The SQL is written
// once, in the words that the databases share; a Dialect knows what is left of
// the difference. The packages below this one open a database and bring its
// schema up to date.
package store

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
)

// Store is the cloud's database. Make one with New; it is safe for use by many
// goroutines.
type Store struct {
	write pool
	read  pool
	now   func() time.Time
	term  string // of the feeds: names what is written through this Store

	onFeed func(attendance.SiteID)
	onNews func(attendance.OrgID, device.News)

	sms         bool // see SMS
	hold        time.Duration
	atOnce      uint64 // redateAtOnce, or fewer in tests
	thrift      thrift // spendEach and spendAll, or less in tests
	box         *ballotBox
	redatedLast *atomic.Pointer[attendance.DeviceID] // whose turn it was last, see nextOwed
	replica     string                               // of this run of the program, see Replica
	clock       *atomic.Pointer[ReplicaClock]
	passwords   *passwords
	codes       *passwords // that are given by hand
	portraits   portraits
	ahead       *rowsAhead
	faceKeys    *FaceKeys // nil: no Face ID
}

// New returns a store on an open database whose schema is up to date. write and
// read may be the same; what goes through write is seen by read once it is
// committed. now is the clock that stamps what is written. The store owns the
// database from here on and closes it.
func New(write, read *sql.DB, d Dialect, now func() time.Time, options ...Option) *Store {
	s := &Store{
		write: newPool(write, d), read: newPool(read, d), now: now, term: rand.Text(), atOnce: redateAtOnce, thrift: thrift{spendEach, spendAll}, box: newBallotBox(), redatedLast: new(atomic.Pointer[attendance.DeviceID]), replica: "cloud", clock: new(atomic.Pointer[ReplicaClock]),
		passwords: newPasswords(defaultCost), codes: newPasswords(codeCost), portraits: newPortraits(), ahead: new(rowsAhead),
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// Close ends the store. What was committed is on the disk.
func (s *Store) Close() error { return errors.Join(s.read.db.Close(), s.write.db.Close()) }

// OnFeed has f called after each commit that added to a site's feed. Set it
// before the store is used by more than one goroutine; f must not block.
func (s *Store) OnFeed(f func(attendance.SiteID)) { s.onFeed = f }

// OnNews has f called after each commit of a user's doing that whoever watches
// wants to know of; what tablets bring is told by Deliver. Set it before the
// store is used by more than one goroutine; f must not block.
func (s *Store) OnNews(f func(attendance.OrgID, device.News)) { s.onNews = f }

// known turns the database's own errors into the answers every store gives.
func known(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return access.ErrNotFound
	}
	return err
}

// micros and fromMicros put times into the form they are stored in; the zero
// time is 0 and back.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
