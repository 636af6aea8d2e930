package reader

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"muster/attendance"
	"muster/nfc"
)

// event is one line from the child to its parent.
type event struct {
	Kind   kind   `json:"kind"`
	Detail string `json:"detail,omitempty"` // in English, for a technician
	UID    []byte `json:"uid,omitempty"`
	ATQA   []byte `json:"atqa,omitempty"`
	SAK    byte   `json:"sak,omitempty"`
	ATS    []byte `json:"ats,omitempty"`
}

// kind says what an event tells.
type kind string

const (
	kindAlive   kind = "alive"   // nothing new; the loop goes round
	kindReady   kind = "ready"   // the reader answers; Detail is its connection string
	kindCard    kind = "card"    // a card is there
	kindBad     kind = "bad"     // something is there that can't be read; Detail says why
	kindTrouble kind = "trouble" // the reader gave no sound answer; Detail
	kindMissing kind = "missing" // there is no reader; Detail. The child ends after it.
	kindFailing kind = "failing" // there is one that doesn't work; Detail. The child ends after it.
)

// maxLine is more than any event takes: an ATS has at most 254 bytes.
const maxLine = 4096

// maxDetail keeps a line below maxLine whatever a driver has to say.
const maxDetail = 512

// write sends an event as one line in one write, which a pipe keeps whole.
func (e event) write(w io.Writer) error {
	if len(e.Detail) > maxDetail {
		e.Detail = e.Detail[:maxDetail]
	}
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if len(b) >= maxLine {
		return fmt.Errorf("event of %d bytes", len(b))
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}

// target is the card of a kindCard event.
func (e event) target() nfc.Target {
	t := nfc.Target{UID: e.UID, SAK: e.SAK, ATS: e.ATS}
	copy(t.ATQA[:], e.ATQA)
	t.Technology = nfc.Name(t)
	return t
}

func cardEvent(t nfc.Target) event {
	return event{Kind: kindCard, UID: t.UID, ATQA: t.ATQA[:], SAK: t.SAK, ATS: t.ATS}
}

var errLine = errors.New("not a line a reader process writes")

// parseEvent reads one line. It believes nothing: the memory of the process that
// wrote it may be in any state.
func parseEvent(line []byte) (event, error) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return event{}, fmt.Errorf("%w: %w", errLine, err)
	}
	switch e.Kind {
	case kindAlive, kindReady, kindBad, kindTrouble, kindMissing, kindFailing:
		return event{Kind: e.Kind, Detail: e.Detail}, nil
	case kindCard:
		if !attendance.ValidUID(e.UID) || len(e.ATQA) != 2 || len(e.ATS) > 254 {
			return event{}, fmt.Errorf("%w: a card that can't be", errLine)
		}
		return e, nil
	default:
		return event{}, fmt.Errorf("%w: kind %q", errLine, e.Kind)
	}
}

// readEvents hands on every event until the stream ends or holds something else.
func readEvents(r io.Reader, f func(event)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxLine), maxLine)
	for lines.Scan() {
		e, err := parseEvent(lines.Bytes())
		if err != nil {
			return err
		}
		f(e)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}
