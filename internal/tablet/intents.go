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
}

func newIntents() *intents { return &intents{} }

// bind says who answers from now on; nil: nobody.
func (i *intents) bind(enterCode func(string), newCode func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.enterCode, i.newCode = enterCode, newCode
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

// readIntents takes what a script asks for, one line each: "code XXXX-XXXX" or
// "new-code".
func readIntents(from io.Reader, i *intents) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		switch word {
		case "code":
			i.EnterCode(strings.TrimSpace(rest))
		case "new-code":
			i.NewCode()
		}
	}
}
