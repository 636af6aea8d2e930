package main

import (
	"bufio"
	"io"
	"strings"
	"sync"
)

// intents passes on what a person at the kiosk asks for to whoever can do it.
type intents struct {
	mu        sync.Mutex
	enterCode func(string)
	newCode   func()
	anew      func()
}

func newIntents() *intents { return &intents{} }

// bind says who answers from now on; nil: nobody.
func (i *intents) bind(enterCode func(string), newCode func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.enterCode, i.newCode = enterCode, newCode
}

// bindAnew says who begins an activation of a revoked tablet; nil: nobody.
func (i *intents) bindAnew(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.anew = f
}

// ActivateAnew implements ui.Intents.
func (i *intents) ActivateAnew() {
	i.mu.Lock()
	f := i.anew
	i.mu.Unlock()
	if f != nil {
		f()
	}
}

// EnterCode implements ui.Intents.
func (i *intents) EnterCode(code string) {
	i.mu.Lock()
	f := i.enterCode
	i.mu.Unlock()
	if f != nil {
		f(code)
	}
}

// NewCode implements ui.Intents.
func (i *intents) NewCode() {
	i.mu.Lock()
	f := i.newCode
	i.mu.Unlock()
	if f != nil {
		f()
	}
}

// readIntents takes what a script asks for, one line each: "code XXXX-XXXX", "new-code" or
// "activate-anew".
func readIntents(from io.Reader, i *intents) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		switch word {
		case "code":
			i.EnterCode(strings.TrimSpace(rest))
		case "new-code":
			i.NewCode()
		case "activate-anew":
			i.ActivateAnew()
		}
	}
}
