package onboarding

import (
	"context"
	"errors"
	"slices"
	"testing"

	"muster/invite"
)

// refusing is a queue that gives nothing more out.
type refusing struct {
	Queue
	settled []invite.MessageID
}

var errRefused = errors.New("no")

func (r *refusing) Turn(_ context.Context, _ string, _ []invite.Outcome, next []invite.Handing) ([]invite.MessageID, error) {
	if len(next) > 0 {
		return nil, errRefused
	}
	return nil, nil
}

func (r *refusing) Settle(_ context.Context, _ string, done []invite.Outcome) error {
	for _, o := range done {
		r.settled = append(r.settled, o.ID)
	}
	return nil
}

// What was sent is noted also where the next can't be: else nobody would know
// whether it was.
func TestWhatIsDoneIsNoted(t *testing.T) {
	t.Parallel()
	q := &refusing{}
	book := openLedger(t.Context(), q, "one")
	good, err := book.note([]invite.Outcome{{ID: "a"}}, []invite.Handing{{ID: "b"}})
	book.close()
	if !errors.Is(err, errRefused) || len(good) != 0 {
		t.Errorf("%v, %v", good, err)
	}
	if !slices.Equal(q.settled, []invite.MessageID{"a"}) {
		t.Errorf("noted: %v", q.settled)
	}
}
