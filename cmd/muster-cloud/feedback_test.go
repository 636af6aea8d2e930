package main

import "testing"

func TestFeedbackAddress(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"hr@example.org": "mailto:hr@example.org", "mailto:hr@example.org?subject=Muster": "mailto:hr@example.org?subject=Muster", "https://example.org/feedback": "https://example.org/feedback", "": "",
	} {
		var f feedback
		if err := f.UnmarshalText([]byte(given)); err != nil || string(f) != want {
			t.Errorf("%q: %q, %v", given, f, err)
		}
	}
	for _, given := range []string{"javascript:alert(1)", "example.org", "https://", "mailto:", "Ada <ada@example.org>"} {
		var f feedback
		if err := f.UnmarshalText([]byte(given)); err == nil {
			t.Errorf("%q was taken", given)
		}
	}
}
