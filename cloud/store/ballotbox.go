package store

import (
	"sync"

	"github.com/google/uuid"

	"muster/attendance"
)

// What is kept of boots takes up so much memory at most, in spells of about 32 bytes.
const (
	boxEach  = 4096
	boxAll   = 1 << 20
	boxLeast = 32 // rows of a boot: fewer are counted again
)

// ballotKey names a boot, as the tablet calls it.
type ballotKey struct {
	device attendance.DeviceID
	stream uuid.UUID
	boot   string
}

// ballotBox keeps what was counted of boots, for as long as there is room. Whoever takes
// something out of it makes sure that it holds: other replicas bring rows too. What is in
// it is never changed.
type ballotBox struct {
	least int // boxLeast, or fewer in tests

	mu     sync.Mutex
	all    map[ballotKey]*ballot
	weight int
}

func newBallotBox() *ballotBox { return &ballotBox{least: boxLeast, all: map[ballotKey]*ballot{}} }

func (x *ballotBox) get(k ballotKey) *ballot {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.all[k]
}

// put keeps what a transaction counted, once it is committed.
func (x *ballotBox) put(all map[ballotKey]*ballot) {
	if x == nil || len(all) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for k, b := range all {
		if was := x.all[k]; was != nil {
			x.weight -= was.weight()
		}
		x.all[k] = b
		x.weight += b.weight()
	}
	for k, b := range x.all { // any of them: what is missed is counted again
		if x.weight <= boxAll {
			break
		}
		delete(x.all, k)
		x.weight -= b.weight()
	}
}
