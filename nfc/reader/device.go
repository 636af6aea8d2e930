//go:build cgo

package reader

/*
#include <string.h>

// scrub overwrites the part of the stack that the next call into libnfc will
// use. libnfc takes bytes that a reader left out from there; after this they are
// fill, and not the number of the card before.
static void __attribute__((noinline)) scrub(unsigned char fill) {
	volatile unsigned char s[16384];
	for (size_t i = 0; i < sizeof s; i++) s[i] = fill;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	libnfc "github.com/clausecker/nfc/v2"

	"muster/nfc"
)

// reader is an open libnfc device. It belongs to one goroutine that is locked to
// its thread.
type openDevice struct {
	dev    libnfc.Device
	unlock func()
	fill   byte
}

// typeA is the only modulation that is looked for.
var typeA = libnfc.Modulation{Type: libnfc.ISO14443a, BaudRate: libnfc.Nbr106}

// deviceNames lists what is in /dev.
func deviceNames() ([]string, error) {
	dir, err := os.Open("/dev")
	if err != nil {
		return nil, fmt.Errorf("list device nodes: %w", err)
	}
	defer dir.Close() //nolint:errcheck // only read
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list device nodes: %w", err)
	}
	return names, nil
}

// open opens the reader with this connection string, or the one there is.
// The error says whether one is there at all.
func openReader(connstring string) (*openDevice, error) {
	if connstring == "" {
		listed, err := libnfc.ListDevices()
		if err != nil {
			return nil, fmt.Errorf("list readers: %w", err)
		}
		names, err := deviceNames()
		if err != nil {
			return nil, err
		}
		if connstring, err = choose(listed, nfc.SerialCandidates(names)); err != nil {
			return nil, err
		}
	}
	unlock := func() {}
	if node, ok := nfc.Port(connstring); ok {
		var err error
		if unlock, err = Lock(node); err != nil {
			return nil, err
		}
	}
	dev, err := libnfc.Open(connstring)
	if err != nil {
		unlock()
		return nil, fmt.Errorf("%s does not answer as a card reader", connstring)
	}
	d := &openDevice{dev: dev, unlock: unlock}
	if err := d.init(); err != nil {
		d.close()
		return nil, fmt.Errorf("%s: %w", connstring, err)
	}
	return d, nil
}

func (d *openDevice) init() error {
	if err := d.dev.InitiatorInit(); err != nil {
		return fmt.Errorf("switch the field on: %w", err)
	}
	// Infinite select is not infinite in libnfc 1.8.0, and a card that comes when
	// it gives up makes an error.
	if err := d.dev.SetPropertyBool(libnfc.InfiniteSelect, false); err != nil {
		return fmt.Errorf("set up the search for cards: %w", err)
	}
	return nil
}

func (d *openDevice) close() {
	_ = d.dev.Close()
	d.unlock()
}

// look makes one search for a card; found is false when there is none. A card
// found is let go again, so that the next search sees the field afresh.
func (d *openDevice) look() (t nfc.Target, found bool, err error) {
	d.fill += 0x3B // odd, so every value comes up and no two in a row agree
	C.scrub(C.uchar(d.fill))
	t, found, err = d.selectTarget()
	if found {
		_ = d.dev.InitiatorDeselectTarget() // the next search shows whether the reader is well
	}
	return t, found, err
}

// selectTarget wraps the binding's select, which panics when no card is there.
func (d *openDevice) selectTarget() (t nfc.Target, found bool, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if e, ok := p.(error); ok {
			var re runtime.Error
			if !errors.As(e, &re) {
				t, found, err = nfc.Target{}, false, nil
				return
			}
		}
		panic(p)
	}()
	raw, err := d.dev.InitiatorSelectPassiveTarget(typeA, nil)
	if err != nil {
		return nfc.Target{}, false, fmt.Errorf("search for cards: %w", err)
	}
	a, ok := raw.(*libnfc.ISO14443aTarget)
	if !ok {
		return nfc.Target{}, false, errors.New("a card of another kind than asked for")
	}
	uid := min(max(a.UIDLen, 0), len(a.UID))
	ats := min(max(a.AtsLen, 0), len(a.Ats))
	t = nfc.Target{
		UID: append([]byte(nil), a.UID[:uid]...), ATQA: a.Atqa, SAK: a.Sak,
		ATS: append([]byte(nil), a.Ats[:ats]...),
	}
	return t, true, nil
}

// leftover tells that the end of a UID looks like what scrub has left on the
// stack. One sound card in 256 looks so too, and then reads the same again.
func (d *openDevice) leftover(t nfc.Target) bool {
	return len(t.UID) > 0 && t.UID[len(t.UID)-1] == d.fill
}
