package console

import (
	"net/url"
	"strings"
	"testing"
)

// Wherever a sign-in leads, it stays on this server.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/", "/employees?q=x", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/a//b", "/%2f/evil", "", "javascript:alert(1)"} {
		f.Add(s)
	}
	here, err := url.Parse("https://muster.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := local(next)
		to, err := here.Parse(got)
		if err != nil || to.Host != here.Host || to.Scheme != here.Scheme {
			t.Fatalf("%q leads to %q", next, got)
		}
		// Browsers read a backslash as a slash, and leave control characters out.
		browsers := strings.Map(func(r rune) rune {
			switch r {
			case '\\':
				return '/'
			case '\t', '\r', '\n':
				return -1
			}
			return r
		}, got)
		if strings.HasPrefix(browsers, "//") || !strings.HasPrefix(browsers, "/") {
			t.Fatalf("%q leads a browser to %q", next, browsers)
		}
	})
}

// Initials of any name are one or two characters that can be shown.
func FuzzInitials(f *testing.F) {
	for _, s := range []string{"Anna Berg", "Anna", "", " ", "ß ß", "\xff\xfe", "日本 太郎", "a\u0301 b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := []rune(initials(name)); len(got) == 0 || len(got) > 6 {
			t.Fatalf("initials of %q are %q", name, string(got))
		}
	})
}
