package invite

import (
	"strings"
	"testing"
)

func TestCodesAreReadBack(t *testing.T) {
	for range 200 {
		code := NewCode()
		shown := FormatCode(code)
		for _, typed := range []string{shown, strings.ToLower(shown), " " + code + " ", strings.ReplaceAll(shown, "-", " ")} {
			if got := ParseCode(typed); got != code {
				t.Fatalf("%q was read as %q", typed, got)
			}
		}
	}
	for _, bad := range []string{"", "K7QM-X94T", "K7QM-X94T-RB0", "K7QM-X94T-RBCC", strings.Repeat("K", 1000), "ÄÖÜ"} {
		if got := ParseCode(bad); got != "" {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
}
