package ingest

import (
	"sync"
	"time"

	"muster/sync/wire"
)

// patience is how long a tablet of which nothing is heard counts as one that waits to be
// stored. One that is there tries again much sooner.
const patience = 5 * time.Minute

// unkept remembers which tablets' rows the store did not take when it was last asked to.
// There are several writers and many tablets: what one's success says of another's rows
// is nothing.
type unkept struct {
	mu      sync.Mutex
	tablets map[wire.Address]time.Time // when that was
	dry     bool                       // nothing at all was stored since: none of them is passed over
}

func (u *unkept) kept(group []delivery) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dry = false
	for _, d := range group {
		delete(u.tablets, d.from)
	}
}

func (u *unkept) refused(group []delivery) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dry = true
	for _, d := range group {
		u.tablets[d.from] = time.Now()
	}
}

// left forgets a tablet that is to be stored elsewhere.
func (u *unkept) left(from wire.Address) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.tablets, from)
}

func (u *unkept) any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for from, at := range u.tablets {
		if !u.dry && time.Since(at) > patience {
			delete(u.tablets, from)
		}
	}
	return len(u.tablets) > 0
}

// sendAway ends the connection of a tablet whose organisation counts in another database
// since the tablet came in. It is told nothing more, as one that comes anew: it goes on
// without a line, keeps its rows and tries again, until it finds the cloud that has its
// organisation now. This store is not to blame.
func (in *Ingest) sendAway(from wire.Address, why error) {
	in.unkept.left(from)
	in.Logger.Warn("tablet sent away", "device", from.Device, "err", why)
	in.Downlink.Cut(from.Device)
}

// Failing tells whether the store does not take what tablets tell: its disk may be full, or
// its file damaged. It is so from when rows of a tablet were not stored until these are, or
// others are and the tablet has not tried again for a while; never by turns because one
// tablet's are stored and another's aren't. Tablets keep what is not stored and tell it again.
func (in *Ingest) Failing() bool { return in.unkept.any() }
