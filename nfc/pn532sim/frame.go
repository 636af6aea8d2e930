package pn532sim

import "bytes"

// Frame identifiers (UM0701-02, 6.2.1).
const (
	hostToChip = 0xD4
	chipToHost = 0xD5
)

// maxData is the most that a frame may carry, TFI included. The chip itself
// takes 265 bytes; anything that announces more is not a frame.
const maxData = 265

var (
	ackFrame  = []byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00}
	nackFrame = []byte{0x00, 0x00, 0xFF, 0xFF, 0x00, 0x00}
	// errorFrame is the answer to a command that the chip doesn't understand.
	errorFrame = []byte{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}
	startCode  = []byte{0x00, 0xFF}
)

// inputKind is what the host has sent.
type inputKind int

const (
	inputCommand inputKind = iota // a frame with a command in it
	inputAck                      // stop what you are doing
	inputNack                     // say that again
	inputBad                      // a frame with a wrong checksum
)

// input is one thing the host has sent.
type input struct {
	kind inputKind
	data []byte // of a command: its code and parameters, without TFI
}

// frameParser cuts the host's byte stream into frames. Bytes between frames,
// such as the wake-up preamble 55 55 00…, are skipped.
type frameParser struct {
	buf []byte
}

// feed adds bytes and returns what is complete.
func (p *frameParser) feed(b []byte) []input {
	p.buf = append(p.buf, b...)
	var out []input
	for {
		in, used, ok := next(p.buf)
		p.buf = p.buf[used:]
		if !ok {
			// What is kept is a piece of one frame at most; a copy lets go of the rest.
			p.buf = bytes.Clone(p.buf)
			return out
		}
		out = append(out, in)
	}
}

// next reads one frame at the beginning of b. used says how many bytes are done
// with even when ok is false and more bytes are needed.
func next(b []byte) (in input, used int, ok bool) {
	start := bytes.Index(b, startCode)
	if start < 0 {
		if n := len(b); n > 0 && b[n-1] == 0x00 {
			return input{}, n - 1, false
		}
		return input{}, len(b), false
	}
	body := b[start+len(startCode):]
	if len(body) < 2 {
		return input{}, start, false
	}
	begin := start + len(startCode)
	switch {
	case body[0] == 0x00 && body[1] == 0xFF:
		return input{kind: inputAck}, begin + 2, true
	case body[0] == 0xFF && body[1] == 0x00:
		return input{kind: inputNack}, begin + 2, true
	}
	length, header := int(body[0]), 2
	sound := body[0]+body[1] == 0
	if body[0] == 0xFF && body[1] == 0xFF { // extended frame
		if len(body) < 5 {
			return input{}, start, false
		}
		length, header = int(body[2])<<8|int(body[3]), 5
		sound = body[2]+body[3]+body[4] == 0
	}
	if !sound || length < 1 || length > maxData {
		return input{kind: inputBad}, begin + header, true
	}
	if len(body) < header+length+1 {
		return input{}, start, false
	}
	data := body[header : header+length]
	end := begin + header + length + 1
	if sum(data)+body[header+length] != 0 || data[0] != hostToChip || length < 2 {
		return input{kind: inputBad}, end, true
	}
	return input{kind: inputCommand, data: bytes.Clone(data[1:])}, end, true
}

// reply wraps an answer (code and data, without TFI) in a frame.
func reply(data []byte) []byte {
	n := len(data) + 1
	var out []byte
	if n > 0xFF {
		hi, lo := byte(n>>8), byte(n)
		out = []byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, hi, lo, -(hi + lo)}
	} else {
		out = []byte{0x00, 0x00, 0xFF, byte(n), -byte(n)}
	}
	out = append(out, chipToHost)
	out = append(out, data...)
	return append(out, -(chipToHost + sum(data)), 0x00)
}

func sum(b []byte) byte {
	var s byte
	for _, c := range b {
		s += c
	}
	return s
}
