package nfc

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// serialPatterns are the names under which adapters from USB to a serial line
// appear. Serial ports on the board (ttyS…, ttyAMA…) are never guessed: somebody
// else may well be at the other end.
var serialPatterns = []string{"ttyUSB*", "ttyACM*"}

// SerialCandidates returns the device nodes under dev (the file system of /dev)
// that may be a reader on a serial line, as absolute paths in order.
func SerialCandidates(dev fs.FS) []string {
	var out []string
	for _, p := range serialPatterns {
		names, _ := fs.Glob(dev, p) // the only error is a bad pattern
		for _, n := range names {
			out = append(out, path.Join("/dev", n))
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
