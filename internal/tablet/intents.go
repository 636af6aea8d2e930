package tablet

import (
	"sync"

	"muster/ui/scene"
)

// Intents passes on what a person at the kiosk asks for to whoever can do it. Make
// one with NewIntents; it is safe for use by many goroutines.
type Intents struct {
	mu        sync.Mutex
	enterCode func(string)
	newCode   func()
	anew      func()
	joining   joiner
	invites   clerk
}

// joiner is who shows invitations and takes answers.
type joiner interface {
	MyInvitations()
	AnswerInvitation(id string, join bool)
	CloseInvitation()
}

// clerk is who shows managers the page of invites and takes their orders.
type clerk interface {
	Invites(act scene.InvitesAct, id string)
}

// NewIntents returns intents that nobody answers yet.
func NewIntents() *Intents { return &Intents{} }

// bind says who answers from now on; nil: nobody.
func (i *Intents) bind(enterCode func(string), newCode func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.enterCode, i.newCode = enterCode, newCode
}

// EnterCode implements ui.Intents.
func (i *Intents) EnterCode(code string) {
	i.mu.Lock()
	f := i.enterCode
	i.mu.Unlock()
	if f != nil {
		f(code)
	}
}

// NewCode implements ui.Intents.
func (i *Intents) NewCode() {
	i.mu.Lock()
	f := i.newCode
	i.mu.Unlock()
	if f != nil {
		f()
	}
}

// bindAnew says who begins an activation of a revoked tablet; nil: nobody.
func (i *Intents) bindAnew(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.anew = f
}

// ActivateAnew implements ui.Intents.
func (i *Intents) ActivateAnew() {
	i.mu.Lock()
	f := i.anew
	i.mu.Unlock()
	if f != nil {
		f()
	}
}

// bindJoining says who shows invitations; nil: nobody.
func (i *Intents) bindJoining(j joiner) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.joining = j
}

func (i *Intents) withJoining(f func(joiner)) {
	i.mu.Lock()
	j := i.joining
	i.mu.Unlock()
	if j != nil {
		f(j)
	}
}

// MyInvitations implements ui.Intents.
func (i *Intents) MyInvitations() { i.withJoining(joiner.MyInvitations) }

// AnswerInvitation implements ui.Intents.
func (i *Intents) AnswerInvitation(id string, join bool) {
	i.withJoining(func(j joiner) { j.AnswerInvitation(id, join) })
}

// CloseInvitation implements ui.Intents.
func (i *Intents) CloseInvitation() { i.withJoining(joiner.CloseInvitation) }

// bindInvites says who shows the page of invites; nil: nobody.
func (i *Intents) bindInvites(c clerk) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.invites = c
}

// Invites implements ui.Intents.
func (i *Intents) Invites(act scene.InvitesAct, id string) {
	i.mu.Lock()
	c := i.invites
	i.mu.Unlock()
	if c != nil {
		c.Invites(act, id)
	}
}
