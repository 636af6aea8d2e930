package tablet

import (
	"context"
	"fmt"
	"time"

	"muster/device"
	"muster/device/store"
	"muster/device/timeclock"
	"muster/sync/wire"
)

// salvage saves what can be read of a damaged store. The screen says so while it
// is done, and for a time after it: whoever stands there should know.
func (t *Tablet) salvage(ctx context.Context, damage error) error {
	t.logger.Error("store", "error", damage)
	t.stage.change(func(s *state) { s.starting, s.storage = false, brief(damage) })
	report, err := store.Salvage(ctx, t.Data, time.Now())
	if err != nil {
		return err
	}
	for _, s := range report.Streams {
		t.logger.Warn("salvaged", "stream", s.Stream, "rows", s.Found, "damaged", s.Damaged, "first", s.First, "last", s.Last, "missing", s.Missing)
	}
	t.logger.Warn("the store was salvaged", "same tablet", report.Same, "in doubt", len(report.Doubtful))
	return t.attendTo(ctx, time.NewTimer(tryAgain).C, timeclock.StorageReason(damage))
}

// maxMissing is how many gaps are told; the raw log shows the rest.
const maxMissing = 1000

// tellSalvage puts what was found in a damaged store into the journal, so that
// the console knows what was lost. A tablet that has to be activated anew tells
// it as whoever it is then.
func (o *office) tellSalvage(ctx context.Context) error {
	report, untold, err := o.tablet.store.Salvaged(ctx)
	if err != nil || !untold {
		return err
	}
	payload := &wire.SalvagePayload{}
	for _, s := range report.Streams {
		m := &wire.SalvagePayload_Stream{Stream: s.Stream[:], First: s.First, Last: s.Last, Found: uint64(s.Found), Damaged: uint64(s.Damaged)}
		for _, gap := range s.Missing[:min(len(s.Missing), maxMissing)] {
			m.Missing = append(m.Missing, &wire.Span{From: gap.From, To: gap.To})
		}
		payload.Streams = append(payload.Streams, m)
	}
	for _, row := range report.Doubtful {
		if _, err := o.journal.Append(ctx, device.KindDoubtful, wire.FromRow(row), device.Effect{}); err != nil {
			return fmt.Errorf("tell what is in doubt: %w", err)
		}
	}
	if _, err := o.journal.Append(ctx, device.KindSalvaged, payload, device.Effect{}); err != nil {
		return fmt.Errorf("tell what was salvaged: %w", err)
	}
	return o.tablet.store.SalvageTold(ctx)
}
