package reader

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/attendance"
	"muster/nfc"
)

// What the child writes is what the parent gets, whatever a card says.
func TestEventsArriveAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var stream bytes.Buffer
		var sent, got []event
		for range rapid.IntRange(0, 10).Draw(t, "n") {
			e := event{Kind: rapid.SampledFrom([]kind{kindAlive, kindReady, kindBad, kindTrouble, kindMissing, kindFailing}).Draw(t, "kind"), Detail: rapid.StringN(0, 100, 400).Draw(t, "detail")}
			e.Detail = strings.ToValidUTF8(e.Detail, "?")
			if rapid.Bool().Draw(t, "card") {
				n := rapid.SampledFrom([]int{4, 7, 10}).Draw(t, "size")
				e = cardEvent(nfc.Target{
					UID: rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "uid"), ATQA: [2]byte{1, 2}, SAK: rapid.Byte().Draw(t, "sak"),
					ATS: rapid.SliceOfN(rapid.Byte(), 1, 254).Draw(t, "ats"),
				})
			}
			if err := e.write(&stream); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, e)
		}
		if err := readEvents(&stream, func(e event) { got = append(got, e) }); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, sent) {
			t.Fatalf("got %+v, want %+v", got, sent)
		}
	})
}

func TestLongDetailIsCut(t *testing.T) {
	t.Parallel()
	var stream bytes.Buffer
	if err := (event{Kind: kindFailing, Detail: strings.Repeat("\x01", 1<<20)}).write(&stream); err != nil {
		t.Fatal(err)
	}
	if err := readEvents(&stream, func(event) {}); err != nil {
		t.Errorf("a long detail can't be read back: %v", err)
	}
}

// Nothing the child's memory may hold can become a card that can't be.
func FuzzParseEvent(f *testing.F) {
	for _, s := range []string{
		`{"kind":"card","uid":"BAECAw==","atqa":"AAQ=","sak":8}`, `{"kind":"alive"}`, `{"kind":"card"}`,
		`{"kind":"card","uid":"AQI=","atqa":"AAQ="}`, `{"kind":"boo"}`, `null`, `[]`, `{`, "\x00", ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := parseEvent(line)
		if err == nil && e.Kind == kindCard && !attendance.ValidUID(e.target().UID) {
			t.Errorf("%q is a card with UID % x", line, e.UID)
		}
	})
}
