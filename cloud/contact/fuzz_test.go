package contact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"muster/cloud/contact"
)

// What is taken is taken again unchanged, and so is every suggestion: whoever
// presses "use this" must not be refused a second time.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"anna@firma.de", "Anna <anna@müller.de>", "anna (at) firma.de; b@c.de", "mailto:", "@", "\u0430@a.b", "a@xn--", "\"@\"@a.de", "<", ">"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got, refusal := contact.Email(given)
		if refusal != nil {
			if got != "" || refusal.Given != given {
				t.Fatalf("refused with %q, %+v", got, refusal)
			}
			got = refusal.Suggestion
		}
		if got == "" {
			return
		}
		if len(got) > 254 || strings.ContainsAny(got, " \r\n<>,;\x00") || strings.Count(got, "@") != 1 {
			t.Fatalf("%q became %q", given, got)
		}
		if again, refusal := contact.Email(got); refusal != nil || again != got {
			t.Fatalf("%q became %q, which becomes %q, %v", given, got, again, refusal)
		}
	})
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+49 176 12345678", "9051111111", "4.91761E+12", "+1 (212) 555-2368 ext. 1", "00", "+", "=\"+49\"", "1;2", "+39 (0)"} {
		f.Add(s, "DE")
		f.Add(s, "ru")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, given, region string) {
		got, refusal := contact.Phone(given, region)
		if refusal != nil {
			if got != "" || refusal.Given != given {
				t.Fatalf("refused with %q, %+v", got, refusal)
			}
			got = refusal.Suggestion
		}
		if got == "" {
			return
		}
		if got[0] != '+' || strings.Trim(got[1:], "0123456789") != "" || len(got) > 18 {
			t.Fatalf("%q became %q", given, got)
		}
		if again, refusal := contact.Phone(got, region); refusal != nil || again != got {
			t.Fatalf("%q became %q, which becomes %q, %v", given, got, again, refusal)
		}
		if again, refusal := contact.Phone(contact.Display(got), region); refusal != nil || again != got {
			t.Fatalf("%q is shown as %q, which becomes %q, %v", got, contact.Display(got), again, refusal)
		}
		if !utf8.ValidString(contact.Display(got)) {
			t.Fatal(got)
		}
	})
}
