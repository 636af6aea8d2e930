package pn532sim

import (
	"bytes"
	"slices"
	"time"
)

// Status bytes of the chip (UM0701-02, 7.1).
const (
	statusOK      = 0x00
	statusTimeout = 0x01 // the card doesn't answer
	statusAuth    = 0x14 // MIFARE authentication failed
	statusState   = 0x27 // no such target
)

// Chip is the state of a PN532 and the cards in its field. It does nothing by
// itself: Input and Tick feed it, Output takes what it says. It is not safe for
// concurrent use.
type Chip struct {
	parser    frameParser
	out       []byte
	last      []byte // the last answer, for a host that asks for it again
	registers map[uint16]byte
	params    byte
	retries   byte // MxRtyPassiveActivation; FF: for ever
	field     bool
	cards     []*presence
	targets   [2]*presence
	pending   *pending
	resumed   bool // the command being run is acknowledged already
	faults    []armed
	commands  uint64
	revision  uint64 // counts changes that somebody who looks on would see
}

// presence is a card lying on the reader.
type presence struct {
	card   *Card
	halted bool
	reads  int // sound answers that described it to the host
}

// pending is a command that waits for a card.
type pending struct {
	command []byte
	until   time.Time // zero: for ever
}

// NewChip returns a chip that has just been powered: no field, no card.
func NewChip() *Chip {
	return &Chip{
		registers: map[uint16]byte{},
		params:    0x14,
		retries:   0xFF,
	}
}

// Input takes bytes from the host; now is needed for commands that wait.
func (c *Chip) Input(now time.Time, b []byte) {
	for _, in := range c.parser.feed(b) {
		switch in.kind {
		case inputAck:
			c.pending = nil
		case inputNack:
			c.out = append(c.out, c.last...)
		case inputBad:
			// A real chip keeps quiet; the host runs into its timeout.
		case inputCommand:
			c.pending = nil // a new command ends one that waits
			c.commands++
			if c.commands == 1 {
				c.revision++
			}
			c.run(now, in.data)
		}
	}
}

// Output returns what the chip has said since the last call.
func (c *Chip) Output() []byte {
	out := c.out
	c.out = nil
	return out
}

// Tick lets a command that waits give up, if its time is over.
func (c *Chip) Tick(now time.Time) {
	if p := c.pending; p != nil && !p.until.IsZero() && !now.Before(p.until) {
		c.resume(func() { c.answer([]byte{p.command[0] + 1, 0}) })
	}
}

// Next returns when Tick has something to do; ok is false when never.
func (c *Chip) Next() (at time.Time, ok bool) {
	if c.pending == nil || c.pending.until.IsZero() {
		return time.Time{}, false
	}
	return c.pending.until, true
}

// Put lays a card on the reader. A card that is there already is put down anew.
func (c *Chip) Put(now time.Time, card *Card) {
	c.Take(card)
	if c.field {
		card.power()
	}
	c.revision++
	c.cards = append(c.cards, &presence{card: card})
	if p := c.pending; p != nil {
		c.resume(func() { c.run(now, p.command) })
		if c.pending != nil { // nobody it waits for; its time goes on as before
			c.pending.until = p.until
		}
	}
}

// resume goes on with a command that waited and is acknowledged already.
func (c *Chip) resume(f func()) {
	c.pending, c.resumed = nil, true
	f()
	c.resumed = false
}

// wait acknowledges a command that needs a card to come.
func (c *Chip) wait(p *pending) {
	c.pending = p
	c.revision++
	c.acknowledge()
}

func (c *Chip) acknowledge() {
	if !c.resumed {
		c.out = append(c.out, ackFrame...)
	}
}

// Take takes a card off; it tells whether it was there.
func (c *Chip) Take(card *Card) bool {
	i := slices.IndexFunc(c.cards, func(p *presence) bool { return p.card == card })
	if i < 0 {
		return false
	}
	for t := range c.targets {
		if c.targets[t] == c.cards[i] {
			c.targets[t] = nil
		}
	}
	c.revision++
	c.cards = slices.Delete(c.cards, i, i+1)
	return true
}

// Cards returns what lies on the reader, in the order it was put there.
func (c *Chip) Cards() []*Card {
	out := make([]*Card, len(c.cards))
	for i, p := range c.cards {
		out[i] = p.card
	}
	return out
}

// Reads returns how often the host was told of a card since it was put down.
func (c *Chip) Reads(card *Card) int {
	for _, p := range c.cards {
		if p.card == card {
			return p.reads
		}
	}
	return 0
}

// Waiting tells that a command of the host waits for a card to come.
func (c *Chip) Waiting() bool { return c.pending != nil }

// Commands returns how many commands the host has sent since the chip had power.
func (c *Chip) Commands() uint64 { return c.commands }

// Inject arms a fault for the next times answers that it can spoil, or
// UntilCleared. The fault armed first comes first.
func (c *Chip) Inject(f Fault, times int) {
	if times != 0 {
		c.revision++
		c.faults = append(c.faults, armed{f, times})
	}
}

// Clear disarms every fault.
func (c *Chip) Clear() {
	c.revision++
	c.faults = nil
}

// Armed returns the faults that still wait, in order.
func (c *Chip) Armed() []Fault {
	out := make([]Fault, len(c.faults))
	for i, a := range c.faults {
		out[i] = a.fault
	}
	return out
}

// reset is the chip losing its power: the host has to begin anew. Cards and
// faults stay.
func (c *Chip) reset() {
	c.parser = frameParser{}
	c.out, c.last, c.pending = nil, nil, nil
	c.registers = map[uint16]byte{}
	c.params, c.retries = 0x14, 0xFF
	c.commands = 0
	c.setField(false)
}

// setField switches the field. Switching it on powers every card anew.
func (c *Chip) setField(on bool) {
	if on && !c.field {
		for _, p := range c.cards {
			p.halted = false
			p.card.power()
		}
	}
	if !on {
		c.targets = [2]*presence{}
	}
	c.field = on
}

// told notes that the host was told of a card.
func (c *Chip) told(p *presence) {
	p.reads++
	if p.reads == 1 {
		c.revision++
	}
}

// answer says yes to a command: acknowledgement and answer, spoilt by the first
// fault that applies.
func (c *Chip) answer(data []byte) (sound bool) {
	for i, a := range c.faults {
		if !a.fault.applies(data) {
			continue
		}
		if a.left > 0 {
			c.faults[i].left--
			c.revision++
			if c.faults[i].left == 0 {
				c.faults = slices.Delete(c.faults, i, i+1)
			}
		}
		ack, frame := a.fault.spoil(data)
		if ack {
			c.acknowledge()
		}
		c.out = append(c.out, frame...)
		return false
	}
	c.last = reply(data)
	c.acknowledge()
	c.out = append(c.out, c.last...)
	return true
}

// refuse answers a command that makes no sense.
func (c *Chip) refuse() {
	c.last = bytes.Clone(errorFrame)
	c.acknowledge()
	c.out = append(c.out, errorFrame...)
}
