package e2e_test

import (
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"muster/cloud/store/sqlite"
	"muster/device"
	"muster/device/store"
)

// settle waits until the tablet has told everything, and compares the ledger of
// the ticks that were seen with what both sides have stored.
func (c *crash) settle() {
	c.t.Helper()
	last := c.seen[len(c.seen)-1].Punch
	c.eventually("the tablet has told everything, by its own words", func() bool {
		return c.quiet() && slices.ContainsFunc(c.punches(), func(p punch) bool { return p.ID == last })
	})
	stored := c.punches()
	c.t.Logf("%d ticks seen, %d punches stored, %d taps cut off", len(c.seen), len(stored), len(c.cutOff))
	c.compare(stored)

	var aside struct {
		Items []struct {
			Reason string `json:"reason"`
		} `json:"items"`
	}
	c.get("/api/v1/quarantine", &aside)
	if len(aside.Items) > 0 {
		c.t.Errorf("good rows are in quarantine: %+v", aside.Items)
	}
	c.check(c.tablet.Stop())
	c.check(c.cloud.Stop())
	if out, err := exec.CommandContext(c.ctx, c.programs.Tablet, "verify", "--data", filepath.Join(c.dir, "tablet")).CombinedOutput(); err != nil {
		c.t.Errorf("muster-tablet verify: %v: %s", err, out)
	}
	c.compareRows(c.journal(), c.raw())
}

// quiet tells whether nothing waits in the tablet, by its own words.
func (c *crash) quiet() bool {
	all := c.tablet.All()
	for _, s := range slices.Backward(all) {
		if s.Status != nil {
			return s.Status.Online && s.Status.Waiting == 0
		}
	}
	return false
}

// compare holds the punches of the API against the ledger.
func (c *crash) compare(stored []punch) {
	c.t.Helper()
	names, ticks := map[string]string{}, map[string]bool{}
	for _, s := range c.seen {
		if ticks[s.Punch] {
			c.t.Errorf("the tick %s was shown for two taps", s.Punch)
		}
		ticks[s.Punch], names[s.Punch] = true, s.Name
	}
	orphans, there := map[string]int{}, map[string]bool{}
	var order []string
	for _, p := range stored {
		switch {
		case there[p.ID]:
			c.t.Errorf("punch %s of %s is stored twice", p.ID, p.Name)
		case !ticks[p.ID]:
			orphans[p.Name]++
		case names[p.ID] != p.Name:
			c.t.Errorf("the tick %s was %q's, the punch is %q's", p.ID, names[p.ID], p.Name)
		default:
			order = append(order, p.ID)
		}
		there[p.ID] = true
	}
	for _, s := range c.seen {
		if !there[s.Punch] {
			c.t.Errorf("%s saw a tick, and the punch %s is not stored", s.Name, s.Punch)
		}
	}
	for name, n := range orphans {
		if n > c.cutOff[name] {
			c.t.Errorf("%s has %d punches without a tick and was cut off %d times", name, n, c.cutOff[name])
		}
	}
	for name, n := range c.wanted {
		if orphans[name] == 0 {
			c.t.Errorf("%s was told %d times that the punch is there, and it isn't", name, n)
		}
	}
	for i, s := range c.seen {
		if i >= len(order) || order[i] != s.Punch {
			c.t.Errorf("tick %d was %s of %s; the list of punches has not the same there", i+1, s.Punch, s.Name)
			break
		}
	}
}

// rowLine is what both sides must agree on about a row.
type rowLine struct {
	Stream     uuid.UUID
	Seq        uint64
	ID         uuid.UUID
	Kind       string
	Prev, Hash device.Hash
}

// journal reads what is left of the tablet's rows.
func (c *crash) journal() []rowLine {
	c.t.Helper()
	rows, end, err := store.Read(c.ctx, filepath.Join(c.dir, "tablet"))
	c.check(err)
	var all []rowLine
	for r := range rows {
		all = append(all, rowLine{r.Stream, r.Seq, r.ID, string(r.Kind), r.Prev, r.Hash})
	}
	c.check(end())
	return all
}

// raw reads the cloud's raw log out of its file.
func (c *crash) raw() []rowLine {
	c.t.Helper()
	db, err := sqlite.Open(c.ctx, filepath.Join(c.dir, "cloud", "cloud.db"))
	c.check(err)
	defer db.Write.Close() //nolint:errcheck // only read
	defer db.Read.Close()  //nolint:errcheck // only read
	rows, err := db.Read.QueryContext(c.ctx, `SELECT stream, seq, id, kind, prev, hash FROM raw_rows ORDER BY stream, seq`)
	c.check(err)
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var all []rowLine
	for rows.Next() {
		var stream, prev, hash, id []byte
		var l rowLine
		c.check(rows.Scan(&stream, &l.Seq, &id, &l.Kind, &prev, &hash))
		l.Stream, l.ID, l.Prev, l.Hash = uuid.UUID(stream), uuid.UUID(id), device.Hash(prev), device.Hash(hash)
		all = append(all, l)
	}
	c.check(rows.Err())
	return all
}

// compareRows checks the raw log: one stream, no gap, each row chained to the
// one before, the shown ticks in the order of the stream, and what the tablet
// still has the same as what the cloud has.
func (c *crash) compareRows(tablet, cloud []rowLine) {
	c.t.Helper()
	if len(tablet) == 0 || len(cloud) == 0 {
		c.t.Fatalf("%d rows in the tablet, %d in the cloud", len(tablet), len(cloud))
	}
	var before rowLine
	var punches []string
	ticks := map[string]bool{}
	for _, s := range c.seen {
		ticks[s.Punch] = true
	}
	for i, l := range cloud {
		if l.Stream != cloud[0].Stream || l.Seq != uint64(i+1) || l.Prev != before.Hash {
			c.t.Fatalf("raw row %d of %s follows row %d of %s", l.Seq, l.Stream, before.Seq, before.Stream)
		}
		if before = l; ticks[l.ID.String()] {
			punches = append(punches, l.ID.String())
		}
	}
	for i, s := range c.seen {
		if i >= len(punches) || punches[i] != s.Punch {
			c.t.Fatalf("tick %d is not number %d of the stream", i+1, i+1)
		}
	}
	if tablet[0].Seq == 1 {
		c.t.Error("nothing was pruned")
	}
	if last := tablet[len(tablet)-1].Seq; last != uint64(len(cloud)) {
		c.t.Errorf("the tablet's journal ends at %d, the cloud's at %d", last, len(cloud))
	}
	for _, l := range tablet {
		if l.Seq < 1 || l.Seq > uint64(len(cloud)) || cloud[l.Seq-1] != l {
			c.t.Errorf("row %d is not the same on both sides", l.Seq)
		}
	}
}
