// Package notify carries messages out, by email and SMS, and hears what became of
// them: from a provider's answer at once, from bounce mails and from providers that
// call back.
//
// It decides nothing about invitations. A message comes in complete; what comes
// out is a receipt, an *invite.Undeliverable, and later reports.
package notify

import (
	"context"

	"muster/invite"
)

// Sender hands one message to a provider. An error is an *invite.Undeliverable,
// or ctx's. Many goroutines may send at once.
type Sender interface {
	Send(ctx context.Context, m invite.Message) (invite.Receipt, error)
}
