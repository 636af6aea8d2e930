package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/attendance"
	"muster/cloud/notify"
	"muster/cloud/onboarding"
	"muster/invite"
)

// line is a queue in memory that gives its jobs out once.
type line struct {
	mu   sync.Mutex
	jobs []invite.Job
	sent int
}

func (l *line) TakeOn(_ context.Context, _ string, n int, _ time.Time) ([]invite.Job, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = min(n, len(l.jobs))
	out := l.jobs[:n]
	l.jobs = l.jobs[n:]
	return out, nil
}

func (l *line) Turn(ctx context.Context, worker string, done []invite.Outcome, h []invite.Handing) (ids []invite.MessageID, _ error) {
	if err := l.Settle(ctx, worker, done); err != nil {
		return nil, err
	}
	for _, m := range h {
		ids = append(ids, m.ID)
	}
	return ids, nil
}

func (l *line) Settle(_ context.Context, _ string, outcomes []invite.Outcome) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range outcomes {
		if o.Failed == nil {
			l.sent++
		}
	}
	return nil
}

func (*line) Letterhead(context.Context, attendance.OrgID) (invite.Letterhead, error) {
	return invite.Letterhead{Organisation: "Acme", Policy: invite.DefaultPolicy}, nil
}

// A provider that allows five messages a second gets no more, however many hands
// there are, and no fewer.
func TestPaceIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &line{}
		for i := range 200 {
			queue.jobs = append(queue.jobs, invite.Job{
				ID: attendance.NewID[invite.MessageID](), Event: invite.Invite, Contact: invite.Contact{Email: fmt.Sprintf("p%d@people.example", i)}, Attempt: 1,
			})
		}
		var times []time.Time
		provider := &post{each: func(int) error {
			times = append(times, time.Now())
			return nil
		}}
		log := slog.New(slog.DiscardHandler)
		paced := notify.NewPaced(onboarding.Finish(provider, time.Second), notify.Pace{PerSecond: 5, Burst: 1}, log)
		s := onboarding.New(onboarding.Config{
			Queue: queue, Texts: queue, Providers: map[invite.Channel]onboarding.Provider{invite.Email: paced}, Worker: "w", Now: time.Now, Logger: log,
		})
		ctx, end := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() { s.Run(ctx); close(ran) }()
		time.Sleep(2 * time.Minute) // of the bubble's clock
		end()
		<-ran
		if len(times) != 200 || queue.sent != 200 {
			t.Fatalf("%d sent, %d noted", len(times), queue.sent)
		}
		for i := 5; i < len(times); i++ {
			if d := times[i].Sub(times[i-5]); d < time.Second-time.Microsecond {
				t.Errorf("six messages within %s", d)
			}
		}
		if all := times[199].Sub(times[0]); all > 41*time.Second {
			t.Errorf("200 took %s", all)
		}
	})
}
