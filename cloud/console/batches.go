package console

import (
	"net/http"

	"muster/invite"
)

type batchesPage struct {
	Letters invitePages
	Rows    []batchLine
	Full    bool
	Alone   bool // only orders of one's own are shown
}

// batchLine is one order in a list.
type batchLine struct {
	To      string
	Kind    string
	By      string
	When    *moment
	Queued  int
	Undone  int
	Waiting int
	Trouble int // came back, failed or blocked
	Good    int // arrived, as far as is known, or further
	Refused int
}

// mostBatches is how many orders the page shows.
const mostBatches = 50

func (v *visit) batches() error {
	rows, err := v.batchLines(mostBatches)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "app", "batches", "invitations", batchesPage{
		Letters: v.invitePages("batches"), Rows: rows, Full: len(rows) == mostBatches, Alone: !v.actor.Everywhere(),
	})
}

func (v *visit) batchLines(most int) ([]batchLine, error) {
	all, err := v.people.Batches(v.r.Context(), v.actor, most)
	if err != nil {
		return nil, err
	}
	rows := make([]batchLine, 0, len(all))
	for _, b := range all {
		if b, err = v.people.Batch(v.r.Context(), v.actor, b.ID); err != nil {
			return nil, err
		}
		row := batchLine{To: batchAt(b.ID), By: b.Name, When: v.here(b.At), Queued: b.Queued, Undone: b.Undone, Waiting: b.Waiting()}
		row.Kind = v.text.Say("batches.kind." + batchKind(b.Event))
		row.Trouble = b.Now[invite.Failed] + b.Now[invite.Bounced] + b.Now[invite.Blocked]
		row.Good = b.Now[invite.Sent] + b.Now[invite.Delivered] + b.Now[invite.Opened]
		for _, n := range b.Refused {
			row.Refused += n
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func batchKind(e invite.Event) string {
	if e == "" {
		return "both"
	}
	return string(e)
}
