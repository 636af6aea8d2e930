package nfc_test

import (
	"slices"
	"testing"

	"muster/nfc"
)

func TestSerialCandidates(t *testing.T) {
	t.Parallel()
	dev := []string{"ttyUSB1", "ttyUSB0", "ttyACM0", "ttyS0", "ttyAMA0", "tty1", "sda", "pts"}
	want := []string{"/dev/ttyACM0", "/dev/ttyUSB0", "/dev/ttyUSB1"}
	if got := nfc.SerialCandidates(dev); !slices.Equal(got, want) {
		t.Errorf("SerialCandidates = %v, want %v", got, want)
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	for connstring, want := range map[string]string{
		"pn532_uart:/dev/ttyUSB0":        "/dev/ttyUSB0",
		"pn532_uart:/dev/ttyUSB0:115200": "/dev/ttyUSB0",
		"pn53x_usb:001:004":              "",
		"pn532_uart":                     "",
		"":                               "",
	} {
		if got, ok := nfc.Port(connstring); got != want || ok != (want != "") {
			t.Errorf("Port(%q) = %q, %v; want %q", connstring, got, ok, want)
		}
	}
}
