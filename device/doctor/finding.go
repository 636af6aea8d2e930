package doctor

import (
	"fmt"
	"io"
	"strings"
)

// Severity is how much a finding matters.
type Severity int

const (
	// Fine means that nothing is wrong.
	Fine Severity = iota
	// Note means that the tablet works, and somebody should know.
	Note
	// Broken means that the tablet can't do its work until it is mended.
	Broken
)

// String returns the word that Print puts before a finding.
func (s Severity) String() string {
	switch s {
	case Fine:
		return "ok"
	case Note:
		return "note"
	default:
		return "MEND"
	}
}

// Finding is one thing that was looked at.
type Finding struct {
	Part     string // "reader", "display", "clock", "disk", "cloud"
	Severity Severity
	Problem  string // what was found; of a Fine one, what is well
	Mend     string // what to do, often a command; empty where nothing is to do
}

// Healthy tells whether nothing must be mended. It decides the exit code.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Broken {
			return false
		}
	}
	return true
}

// Print writes findings for a person, in their order, and a last line that sums up.
func Print(w io.Writer, findings []Finding) error {
	var b strings.Builder
	broken := 0
	for _, f := range findings {
		if f.Severity == Broken {
			broken++
		}
		fmt.Fprintf(&b, "%-5s %-8s %s\n", f.Severity, f.Part, f.Problem)
		for line := range strings.Lines(f.Mend) {
			fmt.Fprintf(&b, "      %-8s   %s\n", "", strings.TrimRight(line, "\n"))
		}
	}
	switch broken {
	case 0:
		b.WriteString("\nNothing to mend.\n")
	case 1:
		b.WriteString("\nOne thing to mend.\n")
	default:
		fmt.Fprintf(&b, "\n%d things to mend.\n", broken)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	return nil
}
