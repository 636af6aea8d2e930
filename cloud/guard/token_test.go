package guard

import (
	"strings"
	"testing"
	"time"
)

// What is no bearer token isn't looked up, however long it is; what is one is found in
// whichever form it comes.
func TestBearer(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "BEARER  abc ": "abc", "": "", "Bearer": "", "Bearer  ": "", "Basic abc": "", "abc": "", "Bearerabc": "",
		"Bearer " + strings.Repeat("a", maxToken+1): "",
	} {
		if got, ok := Bearer(header); ok != (want != "") || ok && got != want {
			t.Errorf("%.20q: %.20q, %v", header, got, ok)
		}
	}
	for wait, want := range map[time.Duration]string{time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2"} {
		if got := RetryAfter(wait); got != want {
			t.Errorf("%v: %s", wait, got)
		}
	}
}
