package reader

import (
	"errors"
	"testing"
	"time"
)

func TestChooseTakesTheOnlyReader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		listed, serial []string
		want           string
		err            error
	}{
		{nil, nil, "", errNoReader},
		{[]string{"pn53x_usb:001:004"}, nil, "pn53x_usb:001:004", nil},
		{[]string{"pn53x_usb:001:004"}, []string{"/dev/ttyUSB0"}, "pn53x_usb:001:004", nil},
		{nil, []string{"/dev/ttyUSB0"}, "pn532_uart:/dev/ttyUSB0", nil},
		{nil, []string{"/dev/ttyACM0", "/dev/ttyUSB0"}, "", errMany},
		{[]string{"a", "b"}, nil, "", errMany},
	} {
		got, err := choose(c.listed, c.serial)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("choose(%v, %v) = %q, %v; want %q, %v", c.listed, c.serial, got, err, c.want, c.err)
		}
	}
}

// The first failure costs no time, a lasting one little processor.
func TestBackoff(t *testing.T) {
	t.Parallel()
	b := newBackoff()
	if b.next() != 0 {
		t.Error("the first failure is waited for")
	}
	last := time.Duration(0)
	for range 20 {
		next := b.next()
		if next < last || next <= 0 || next > longest {
			t.Errorf("waits %v after %v", next, last)
		}
		last = next
	}
	if last != longest {
		t.Errorf("waits %v in the long run, want %v", last, longest)
	}
	b.reset()
	if b.next() != 0 {
		t.Error("a new story begins with a wait")
	}
}
