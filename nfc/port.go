package nfc

import (
	"slices"
	"strings"
)

// serialNames are how the device nodes of adapters from USB to a serial line
// begin. Serial ports on the board (ttyS…, ttyAMA…) are never guessed: somebody
// else may well be at the other end.
var serialNames = []string{"ttyUSB", "ttyACM"}

// SerialCandidates returns, out of the names in /dev, those that may be a reader
// on a serial line, as absolute paths in order.
func SerialCandidates(names []string) []string {
	var out []string
	for _, n := range names {
		if slices.ContainsFunc(serialNames, func(s string) bool { return strings.HasPrefix(n, s) }) {
			out = append(out, "/dev/"+n)
		}
	}
	slices.Sort(out)
	return out
}

// Port returns the device node in a connection string such as
// "pn532_uart:/dev/ttyUSB0:115200"; ok is false where it names none.
func Port(connstring string) (node string, ok bool) {
	_, rest, found := strings.Cut(connstring, ":")
	if !found || !strings.HasPrefix(rest, "/") {
		return "", false
	}
	node, _, _ = strings.Cut(rest, ":")
	return node, true
}
