package notify_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/cloud/notify"
	"muster/invite"
)

// provider answers as its test says, and counts.
type provider struct {
	mu     sync.Mutex
	answer error
	asked  []time.Time
	takes  time.Duration
}

func (p *provider) Send(context.Context, invite.Message) (invite.Receipt, error) {
	p.mu.Lock()
	p.asked = append(p.asked, time.Now())
	err := p.answer
	p.mu.Unlock()
	if p.takes > 0 {
		<-time.After(p.takes)
	}
	return invite.Receipt{}, err
}

func (p *provider) says(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = err
}

func (p *provider) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

func TestWorkersShareOnePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{}
		n := notify.NewPaced(p, notify.Pace{PerSecond: 10, Burst: 5}, slog.New(slog.DiscardHandler))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 10 {
					if _, err := n.Send(t.Context(), message()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		first, last := p.asked[0], p.asked[len(p.asked)-1]
		if took := last.Sub(first); took != 7500*time.Millisecond {
			t.Errorf("80 messages at 10 a second, 5 at once, took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := n.Send(ctx, message()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("no time to wait: %v", err)
		}
	})
}

func TestAProviderThatIsDownIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{}
		n := notify.NewPaced(p, notify.Pace{Pause: 8 * time.Second, LongestPause: time.Minute}, slog.New(slog.DiscardHandler))
		// A person's fault pauses nobody.
		p.says(&invite.Undeliverable{Reason: invite.UnknownMailbox, Permanent: true})
		for range 3 {
			_, _ = n.Send(t.Context(), message())
		}
		if p.calls() != 3 {
			t.Fatalf("asked %d times", p.calls())
		}
		p.says(&invite.Undeliverable{Reason: invite.ProviderRefused, Detail: "no credit", Everybody: true})
		want := []time.Duration{8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}
		for i, pause := range want {
			_, err := n.Send(t.Context(), message())
			if undeliverable(t, err); p.calls() != 4+i {
				t.Fatalf("asked %d times after %d pauses", p.calls(), i)
			}
			for range 5 {
				_, err := n.Send(t.Context(), message())
				u := undeliverable(t, err)
				if u.Reason != invite.ProviderRefused || u.Permanent || !u.Everybody || u.After < pause || u.After > pause+pause/8 || p.calls() != 4+i {
					t.Fatalf("pause %d: %+v, asked %d times", i, u, p.calls())
				}
			}
			if since, until, why := n.Paused(); why == nil || time.Until(until) < pause || time.Since(since) > 5*time.Minute {
				t.Errorf("paused until %v for %v", until, why)
			}
			<-time.After(pause + pause/8)
		}
		// One message tries; the others wait for what becomes of it.
		p.says(nil)
		p.takes = time.Second
		before := p.calls()
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() { _, _ = n.Send(t.Context(), message()) })
		}
		synctest.Wait()
		if p.calls() != before+1 {
			t.Errorf("%d messages tried at once", p.calls()-before)
		}
		all.Wait()
		if _, err := n.Send(t.Context(), message()); err != nil {
			t.Errorf("after it came back: %v", err)
		}
		if _, _, why := n.Paused(); why != nil {
			t.Errorf("still paused for %v", why)
		}
	})
}

func TestAProviderSaysHowLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &provider{answer: &invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true, After: time.Hour}}
		n := notify.NewPaced(p, notify.Pace{}, slog.New(slog.DiscardHandler))
		_, _ = n.Send(t.Context(), message())
		<-time.After(59 * time.Minute)
		_, _ = n.Send(t.Context(), message())
		if p.calls() != 1 {
			t.Errorf("asked %d times within the hour", p.calls())
		}
		n.Resume()
		_, _ = n.Send(t.Context(), message())
		if p.calls() != 2 {
			t.Error("resumed, but not asked")
		}
	})
}

func TestTheMailboxKeepsAndSendsNothing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	memory := notify.NewMemory(3)
	b := notify.NewMailbox(memory, func() time.Time { return at })
	var last invite.Message
	for range 5 {
		last = message()
		receipt, err := b.Send(t.Context(), last)
		if err != nil || receipt.Provider != notify.MailboxProvider || b.Sends() {
			t.Fatalf("%+v, %v", receipt, err)
		}
	}
	if _, err := b.Send(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	kept := memory.Newest()
	if len(kept) != 3 || kept[0].Message != last || !kept[0].At.Equal(at) || kept[1].Message.ID == last.ID {
		t.Errorf("kept %+v", kept)
	}
	_, err := notify.None{}.Send(t.Context(), last)
	if u := undeliverable(t, err); u.Reason != invite.NotConfigured {
		t.Errorf("no provider: %+v", u)
	}
}
