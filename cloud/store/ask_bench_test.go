package store

import (
	"fmt"
	"testing"
	"time"

	"muster/invite"
)

// BenchmarkInviteAll queues a message for each of 100,000 people, beside one UPDATE
// of one column of as many rows.
func BenchmarkInviteAll(b *testing.B) {
	w := newWorld(b)
	const people = 100_000
	err := w.change(b.Context(), func(t *tx) error {
		for i := range people {
			if _, err := t.ExecContext(b.Context(), `INSERT INTO profiles (id, org, number, first_name, last_name, created_at, changed_at, sort_key, search, email, membership)
				VALUES (?, ?, ?, 'Anna', 'Berg', 1, 1, ?, 'anna berg', ?, 'accepted')`, fmt.Sprintf("p%06d", i), w.admin.Org, fmt.Sprint(i), []byte(fmt.Sprintf("berg%06d", i)), fmt.Sprintf("p%d@example.com", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	reset := func() {
		if _, err := w.write.ExecContext(b.Context(), `UPDATE profiles SET account = 'inactive', delivery = 'none', status = 'not-invited', batch = '', due_at = 0`); err != nil {
			b.Fatal(err)
		}
	}
	var asked, raw time.Duration
	for b.Loop() {
		reset()
		from := time.Now()
		batch, err := w.Ask(b.Context(), w.admin.Actor(), invite.Order{To: invite.Selection{All: true}})
		if err != nil || batch.Queued != people {
			b.Fatal(batch, err)
		}
		asked += time.Since(from)
		reset()
		from = time.Now()
		if _, err := w.write.ExecContext(b.Context(), `UPDATE profiles SET status = 'waiting' WHERE org = ? AND status = 'not-invited'`, w.admin.Org); err != nil {
			b.Fatal(err)
		}
		raw += time.Since(from)
	}
	b.ReportMetric(asked.Seconds()/float64(b.N), "s/ask")
	b.ReportMetric(raw.Seconds()/float64(b.N), "s/update")
	b.ReportMetric(float64(asked)/float64(raw), "x-update")
}
