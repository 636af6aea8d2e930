package notify

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A text is encoded as the standard library does it in one go, whether its lines
// are known already or not, and comes back as it was.
func TestLinesAreQuotedPrintable(t *testing.T) {
	t.Parallel()
	known := newLines()
	piece := rapid.SampledFrom([]string{
		"a", "Anna", " ", "\t", "=", "ä", "\n", "\r\n", "\r", ".", "\n.\n", "\xff", "\x00", "😀", strings.Repeat("long ", 30), strings.Repeat("x", longLine), "<td>\r\n", "Ф\r\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(piece).Draw(t, "text"), "")
		ends := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(text)
		var want bytes.Buffer
		w := quotedprintable.NewWriter(&want)
		_, _ = io.WriteString(w, ends)
		_ = w.Close()
		for range 3 {
			var got bytes.Buffer
			if err := known.write(&got, text); err != nil || got.String() != want.String() {
				t.Fatalf("%q: %q, want %q (%v)", text, got.String(), want.String(), err)
			}
		}
	})
}

// What is kept stays bounded, and a line that came once, such as somebody's link,
// isn't kept.
func TestLinesKeepOnlyWhatComesAgain(t *testing.T) {
	t.Parallel()
	known := newLines()
	for i := range 3 * keptHashes {
		if err := known.write(io.Discard, "<p>\nhttps://muster.example/join/"+strings.Repeat("s", i%7)+string(rune('一'+i))+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if len(known.met) > keptHashes || len(known.encoded) > keptLines {
		t.Errorf("%d hashes and %d lines", len(known.met), len(known.encoded))
	}
	for line := range known.encoded {
		if strings.Contains(line, "join") {
			t.Fatalf("%q is kept", line)
		}
	}
	if known.encoded["<p>"] == nil {
		t.Error("what every message has isn't kept")
	}
}
