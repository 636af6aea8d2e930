package onboarding

import (
	"context"
	"errors"
	"sync"

	"muster/invite"
)

// ledger writes down what the hands do. What several have to note at the same time
// goes into one transaction, so that many messages share one wait for the disk.
//
// It writes also when all is being ended: what is said to be handed over counts as
// sent unless somebody says otherwise.
type ledger struct {
	queue  Queue
	worker string
	ctx    context.Context
	notes  chan *note
	writes sync.WaitGroup
}

// note is what one hand wants written: what became of messages, and which it is
// about to hand over.
type note struct {
	outcomes []invite.Outcome
	handings []invite.Handing
	good     []invite.MessageID
	err      error
	done     chan struct{}
}

func openLedger(ctx context.Context, q Queue, worker string) *ledger {
	l := &ledger{queue: q, worker: worker, ctx: context.WithoutCancel(ctx), notes: make(chan *note)}
	l.writes.Go(func() {
		for n := range l.notes {
			l.write(l.gather(n))
		}
	})
	return l
}

// close ends the ledger, when no hand has anything to note any more.
func (l *ledger) close() {
	close(l.notes)
	l.writes.Wait()
}

// note has something written and returns which messages may be handed over.
func (l *ledger) note(outcomes []invite.Outcome, handings []invite.Handing) ([]invite.MessageID, error) {
	if len(outcomes)+len(handings) == 0 {
		return nil, nil
	}
	n := &note{outcomes: outcomes, handings: handings, done: make(chan struct{})}
	l.notes <- n
	<-n.done
	return n.good, n.err
}

// gather takes what others wait to note along.
func (l *ledger) gather(first *note) []*note {
	all := []*note{first}
	for {
		select {
		case n, ok := <-l.notes:
			if !ok {
				return all
			}
			all = append(all, n)
		default:
			return all
		}
	}
}

func (l *ledger) write(all []*note) {
	ctx, cancel := context.WithTimeout(l.ctx, noted)
	defer cancel()
	var outcomes []invite.Outcome
	var handings []invite.Handing
	for _, n := range all {
		outcomes, handings = append(outcomes, n.outcomes...), append(handings, n.handings...)
	}
	good, err := l.queue.Turn(ctx, l.worker, outcomes, handings)
	if err != nil && len(outcomes) > 0 && len(handings) > 0 {
		// What is done is done, whatever comes in the way of the next.
		err = errors.Join(err, l.queue.Settle(ctx, l.worker, outcomes))
	}
	ours := make(map[invite.MessageID]bool, len(good))
	for _, id := range good {
		ours[id] = true
	}
	for _, n := range all {
		n.err = err
		for _, h := range n.handings {
			if ours[h.ID] {
				n.good = append(n.good, h.ID)
			}
		}
		close(n.done)
	}
}
