package notify

import (
	"context"
	"errors"
	"net/textproto"
	"sync"
	"time"

	"muster/invite"
)

// SMTP sends email. It keeps sessions open and uses each for many messages.
type SMTP struct {
	settings SMTPSettings
	slots    chan struct{} // one for each session that may be open
	now      func() time.Time
	lines    *lines

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// errClosed tells that somebody sends after Close.
var errClosed = errors.New("notify: the sender is closed")

// NewSMTP checks the settings; it connects to nothing yet.
func NewSMTP(s SMTPSettings) (*SMTP, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	return &SMTP{settings: s, slots: make(chan struct{}, s.Connections), now: time.Now, lines: newLines()}, nil
}

// Send hands a message to the server. The receipt's reference is the mail's
// Message-ID, without angle brackets.
//
// When the connection breaks, or ctx ends, after the text and before the server's
// word, nobody knows whether it was taken: that is told as Unknown. When ctx ends
// earlier, with its own error: nothing was sent. The same message has the same
// Message-ID whenever it is sent.
func (s *SMTP) Send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	l, err := s.settings.compose(m, s.now(), s.lines)
	if err != nil {
		return invite.Receipt{}, err
	}
	defer l.free()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return invite.Receipt{}, context.Cause(ctx)
	}
	if err := s.send(ctx, l); err != nil {
		if gaveUp := stopped(ctx, err); gaveUp != nil {
			if unheard(err) {
				return invite.Receipt{}, unknown(gaveUp)
			}
			return invite.Receipt{}, gaveUp
		}
		if unheard(err) {
			return invite.Receipt{}, unknown(err)
		}
		return invite.Receipt{}, explain(err)
	}
	tag, _ := s.settings.Seal.Tag(m.ID)
	return invite.Receipt{Provider: s.settings.Provider, Reference: tag + "@" + domainOf(s.settings.From)}, nil
}

// unheard tells that a text went out whole, and no answer to it came.
func unheard(err error) bool {
	var f *failure
	var answer *textproto.Error
	return errors.As(err, &f) && f.step == stepEnd && !errors.As(f.err, &answer)
}

// Check connects and authenticates, and sends nothing: for a checklist.
func (s *SMTP) Check(ctx context.Context) error {
	n, err := s.settings.open(ctx)
	if err != nil {
		if gaveUp := stopped(ctx, err); gaveUp != nil {
			return gaveUp
		}
		return explain(err)
	}
	n.quit()
	return nil
}

// Close says goodbye to the server on every idle session.
func (s *SMTP) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, n := range idle {
		n.quit()
	}
	return nil
}

func (s *SMTP) send(ctx context.Context, l *letter) error {
	n, err := s.take()
	if err != nil {
		return err
	}
	if n != nil {
		err := n.send(ctx, l)
		s.settle(n, err)
		// A server may have closed the session since. Nothing was taken before the
		// envelope, so another session may begin anew.
		var f *failure
		if !errors.As(err, &f) || f.step != stepMail || !f.broken() {
			return err
		}
	}
	if n, err = s.settings.open(ctx); err != nil {
		return err
	}
	err = n.send(ctx, l)
	s.settle(n, err)
	return err
}

// take gives an idle session, the youngest first; nil means that none is fresh.
func (s *SMTP) take() (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	for len(s.idle) > 0 {
		n := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		if s.now().Sub(n.used) < s.settings.Idle {
			return n, nil
		}
		n.abandon()
	}
	return nil, nil
}

// settle keeps a session for the next message, if it is still good for one.
func (s *SMTP) settle(n *session, err error) {
	var f *failure
	if n.spoiled || errors.As(err, &f) && f.broken() {
		n.abandon()
		return
	}
	if err != nil && !n.reset() {
		n.abandon()
		return
	}
	n.used = s.now()
	s.mu.Lock()
	keep := !s.closed && n.sent < s.settings.PerSession
	if keep {
		s.idle = append(s.idle, n)
	}
	s.mu.Unlock()
	if !keep {
		n.quit()
	}
}

// explain turns what went wrong into the words of invitations.
func explain(err error) *invite.Undeliverable {
	var u *invite.Undeliverable
	if errors.As(err, &u) {
		return u
	}
	var f *failure
	if !errors.As(err, &f) {
		return down(err)
	}
	var answer *textproto.Error
	if !errors.As(f.err, &answer) {
		if f.step == stepLogin && !connectionLost(f.err) {
			return account(f.err.Error(), err)
		}
		return down(f.err)
	}
	words := detail(answer.Error())
	switch {
	case f.step == stepLogin || f.step == stepMail:
		// The server speaks of us, not of the person.
		if answer.Code >= 500 {
			if judge(answer.Code, answer.Msg).reason == invite.TooLarge {
				break
			}
			return account(words, err)
		}
		return down(answer)
	}
	v := judge(answer.Code, answer.Msg)
	return &invite.Undeliverable{Reason: v.reason, Detail: words, Permanent: v.permanent, Everybody: v.everybody, Err: err}
}
