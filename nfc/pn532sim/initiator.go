package pn532sim

import (
	"bytes"
	"time"
)

// Types of target in InAutoPoll (UM0701-02, 7.3.13).
const (
	pollTypeA  = 0x10 // any ISO/IEC 14443 type A card, 106 kbit/s
	pollTypeA4 = 0x20 // one that speaks ISO/IEC 14443-4
)

// listTargets is InListPassiveTarget: MaxTg, BrTy, and perhaps the UID wanted.
func (c *Chip) listTargets(command []byte) {
	code, args := command[0], command[1:]
	if len(args) < 2 || args[0] < 1 || args[0] > 2 {
		c.refuse()
		return
	}
	c.setField(true)
	if args[1] != 0x00 { // not type A at 106 kbit/s: nobody there
		c.answer([]byte{code + 1, 0})
		return
	}
	found := c.activate(int(args[0]), args[2:], func(*Card) bool { return true })
	if len(found) == 0 {
		if c.retries == 0xFF {
			c.wait(&pending{command: command})
			return
		}
		c.answer([]byte{code + 1, 0})
		return
	}
	data := []byte{code + 1, byte(len(found))}
	for i, p := range found {
		data = append(data, byte(i+1))
		data = append(data, c.describe(p.card)...)
	}
	if c.answer(data) {
		for _, p := range found {
			c.told(p)
		}
	}
}

// describe is a card's target data, with its ATS only if the host wants it asked for.
func (c *Chip) describe(card *Card) []byte {
	data := card.targetData()
	if c.params&automaticRATS == 0 {
		data = data[:4+len(card.uid)]
	}
	return data
}

// activate makes up to n cards targets 1 and 2. Cards that were halted by a
// deselect answer only when no other card does: so a host that deselects one
// after the other sees them all, and then the first again.
func (c *Chip) activate(n int, wanted []byte, fits func(*Card) bool) []*presence {
	c.targets = [2]*presence{}
	pick := func(halted bool) (found []*presence) {
		for _, p := range c.cards {
			if len(found) < n && p.halted == halted && fits(p.card) && (len(wanted) == 0 || bytes.Equal(cascaded(p.card.uid), wanted)) {
				found = append(found, p)
			}
		}
		return found
	}
	found := pick(false)
	if len(found) == 0 {
		found = pick(true)
		for _, p := range c.cards {
			p.halted = false
		}
	}
	copy(c.targets[:], found)
	return found
}

// cascaded is a UID with its cascade tags, as the host asks for one card.
func cascaded(uid []byte) []byte {
	switch len(uid) {
	case 7:
		return append([]byte{0x88}, uid...)
	case 10:
		out := append([]byte{0x88}, uid[:3]...)
		out = append(out, 0x88)
		return append(out, uid[3:]...)
	default:
		return uid
	}
}

// autoPoll is InAutoPoll: how often, how long each (times 150 ms), which types.
// The answer comes at once when a card is there or is put down.
func (c *Chip) autoPoll(now time.Time, command []byte) {
	args := command[1:]
	if len(args) < 3 || args[0] == 0 || args[1] == 0 {
		c.refuse()
		return
	}
	c.setField(true)
	for _, kind := range args[2:] {
		fits := func(card *Card) bool {
			return kind == pollTypeA || kind == pollTypeA4 && card.ats != nil
		}
		found := c.activate(1, nil, fits)
		if len(found) == 0 {
			continue
		}
		target := append([]byte{1}, c.describe(found[0].card)...)
		data := append([]byte{cmdInAutoPoll + 1, 1, kind, byte(len(target))}, target...)
		if c.answer(data) {
			c.told(found[0])
		}
		return
	}
	p := &pending{command: command}
	if args[0] != 0xFF {
		slots := int(args[0]) * int(args[1]) * len(args[2:])
		p.until = now.Add(time.Duration(slots) * 150 * time.Millisecond)
	}
	c.wait(p)
}

// dataExchange is InDataExchange: the target and what to tell it.
func (c *Chip) dataExchange(args []byte, done func(...byte)) {
	if len(args) < 1 {
		c.refuse()
		return
	}
	p := c.target(args[0] & 0x3F) // bit 6: more to come; chaining is the card's affair
	if p == nil {
		done(statusState)
		return
	}
	if len(args) < 2 {
		done(statusOK)
		return
	}
	status, answer := p.card.exchange(args[1:])
	done(append([]byte{status}, fitting(answer)...)...)
}

// communicateThru is InCommunicateThru, a raw frame to the selected card. Only
// the presence check of ISO/IEC 14443-4 (R-NAK, B2) and MIFARE reads are known.
func (c *Chip) communicateThru(args []byte, done func(...byte)) {
	p := c.target(1)
	switch {
	case len(args) == 0:
		c.refuse()
	case p == nil || p.halted:
		done(statusTimeout)
	case p.card.applet != nil && args[0] == 0xB2:
		done(statusOK, 0xA3)
	case p.card.memory != nil:
		status, answer := p.card.exchange(args)
		done(append([]byte{status}, fitting(answer)...)...)
	default:
		done(statusTimeout)
	}
}

// fitting cuts an answer to what one frame can carry.
func fitting(answer []byte) []byte { return answer[:min(len(answer), maxData-3)] }

// selectTarget is InSelect.
func (c *Chip) selectTarget(args []byte, done func(...byte)) {
	if len(args) != 1 {
		c.refuse()
		return
	}
	if p := c.target(args[0]); p != nil {
		p.halted = false
		done(statusOK)
		return
	}
	done(statusState)
}

// release is InDeselect and InRelease; target 0 means all. Either halts the card.
func (c *Chip) release(args []byte, done func(...byte)) {
	if len(args) != 1 || int(args[0]) > len(c.targets) {
		c.refuse()
		return
	}
	for i, p := range c.targets {
		if p == nil || args[0] != 0 && int(args[0]) != i+1 {
			continue
		}
		p.halted = true
		c.targets[i] = nil
	}
	done(statusOK)
}

// target returns the card activated as number n, nil where there is none.
func (c *Chip) target(n byte) *presence {
	if n < 1 || int(n) > len(c.targets) {
		return nil
	}
	return c.targets[n-1]
}
