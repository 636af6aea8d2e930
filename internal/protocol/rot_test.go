package protocol_test

import (
	"database/sql"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// rot spoils the newest row that waits, as a disk does: its own bytes, and nothing
// that the database would notice. What it told is gone, unless it has been sent.
func (t *tablet) rot(r *rapid.T) {
	waiting, err := t.Unconfirmed(t.w.ctx, 0, 1<<62, -1)
	t.w.must(err)
	if len(waiting) == 0 {
		r.Skip("nothing waits")
	}
	row := waiting[len(waiting)-1]
	db, err := sql.Open("sqlite3", "file:"+t.path()+"?_busy_timeout=10000")
	t.w.must(err)
	_, err = db.ExecContext(t.w.ctx, `UPDATE journal SET payload = x'ffff' WHERE hash = ?`, row.Hash[:])
	t.w.must(errors.Join(err, db.Close()))
	t.rotten = true
	for _, s := range t.w.shown {
		if s.id == hexID(row.ID) {
			s.gone = true
		}
	}
}

// TestClonedAndSpoiled is TestCloned with rot in rows of the copy: what the cloud can't
// read must not stand for what the tablet itself told there.
func TestClonedAndSpoiled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		try(t, "tap", "exchange", "connect", "arrive", "hear", "lose", "tablet is cloned", "a copy's row rots")
	})
}

// TestSpoiledAndRestored adds backups: a place that was the tablet's own may be filled
// again by its copy, with something spoiled, after the cloud was set back.
func TestSpoiledAndRestored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		try(t, "tap", "exchange", "exchange again", "connect", "arrive", "lose", "tablet is cloned", "a copy's row rots",
			"cloud's backup", "cloud is restored", "tablet's backup", "tablet is restored", "prune")
	})
}
