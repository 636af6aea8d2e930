package onboarding

import (
	"context"
	"time"

	"muster/invite"
)

// Finish returns a provider that ends what it has begun: when ctx ends while a
// message is under way, it gets so much time more. A message that comes when ctx
// has ended already is not begun.
func Finish(p Provider, grace time.Duration) Provider { return &finishing{p, grace} }

type finishing struct {
	next  Provider
	grace time.Duration
}

func (f *finishing) Send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	if ctx.Err() != nil {
		return invite.Receipt{}, context.Cause(ctx)
	}
	patient, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		t := time.NewTimer(f.grace)
		defer t.Stop()
		select {
		case <-t.C:
			end()
		case <-patient.Done():
		}
	})
	receipt, err := f.next.Send(patient, m)
	if end(); !stop() {
		<-over
	}
	return receipt, err
}
