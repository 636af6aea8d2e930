package notify

import (
	"context"
	"slices"
	"sync"
	"time"

	"muster/invite"
)

// MailboxProvider is the provider's name in receipts of a Mailbox: such a message
// has NOT been sent, and whoever shows it must say so.
const MailboxProvider = "mailbox"

// Keeper keeps messages that were not sent, so that somebody can read them.
type Keeper interface {
	Keep(ctx context.Context, m invite.Message, at time.Time) error
}

// Mailbox stands in for a provider where none is configured: the demo, the tests,
// and a new cloud. It sends nothing to anybody; it keeps.
type Mailbox struct {
	keeper Keeper
	now    func() time.Time
}

// NewMailbox keeps messages with a keeper; now is the clock.
func NewMailbox(k Keeper, now func() time.Time) *Mailbox { return &Mailbox{k, now} }

// Send keeps the message and sends it to nobody.
func (b *Mailbox) Send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	if err := b.keeper.Keep(ctx, m, b.now()); err != nil {
		if gaveUp := stopped(ctx, err); gaveUp != nil {
			return invite.Receipt{}, gaveUp
		}
		return invite.Receipt{}, down(err)
	}
	return invite.Receipt{Provider: MailboxProvider, Reference: string(m.ID)}, nil
}

// Sends tells that nothing leaves this machine.
func (*Mailbox) Sends() bool { return false }

// Kept is a message in a Memory.
type Kept struct {
	Message invite.Message
	At      time.Time
}

// Memory keeps the newest messages in memory, for tests.
type Memory struct {
	most int
	mu   sync.Mutex
	kept []Kept
}

// NewMemory keeps at most so many; older ones are forgotten.
func NewMemory(most int) *Memory { return &Memory{most: max(1, most)} }

// Keep keeps a message. The same one again replaces itself, since a queue may send
// twice what it isn't sure of.
func (k *Memory) Keep(_ context.Context, m invite.Message, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = slices.DeleteFunc(k.kept, func(o Kept) bool { return o.Message.ID == m.ID })
	if n := len(k.kept) - k.most + 1; n > 0 {
		k.kept = slices.Delete(k.kept, 0, n)
	}
	k.kept = append(k.kept, Kept{m, at})
	return nil
}

// Newest lists what is kept, the newest first.
func (k *Memory) Newest() []Kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := slices.Clone(k.kept)
	slices.Reverse(out)
	return out
}

// None is the sender of a channel that has no provider.
type None struct{}

// Send sends nothing and says so.
func (None) Send(context.Context, invite.Message) (invite.Receipt, error) {
	return invite.Receipt{}, &invite.Undeliverable{Reason: invite.NotConfigured, Permanent: true}
}
