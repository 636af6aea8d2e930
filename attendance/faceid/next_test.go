package faceid

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the diagram of docs/face-id.md")

const document = "../../docs/face-id.md"

var fenced = regexp.MustCompile("(?s)```mermaid\n(.*?)```")

// The diagram of the document shows every move there is, and no other.
func TestK28DiagramShowsEveryMove(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n    [*] --> %s\n", States[0])
	for _, from := range States {
		for _, e := range Events {
			if to, ok := moves[from][e]; ok {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, e)
			}
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		text = fenced.ReplaceAllLiteral(text, []byte("```mermaid\n"+b.String()+"```"))
		if err := os.WriteFile(document, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shown := fenced.FindSubmatch(text)
	if shown == nil || string(shown[1]) != b.String() {
		t.Errorf("the diagram is not what the code does; run: go test ./attendance/faceid -update\nwant:\n%s", b.String())
	}
}

// Every event in every state: it leads where the rules say, or changes nothing and
// says so.
func TestK28Matrix(t *testing.T) {
	want := map[State]map[Event]State{
		None:      {Request: Requested, End: None},
		Requested: {Give: Given, Decline: Declined, Reset: None, Expire: Expired, End: None},
		Given:     {Give: Given, Withdraw: Withdrawn, Reset: None, End: None},
		Declined:  {Request: Requested, Give: Given, End: Declined},
		Withdrawn: {Request: Requested, Give: Given, End: Withdrawn},
		Expired:   {Request: Requested, Give: Given, Decline: Declined, End: None},
	}
	for _, s := range append([]State{"", "nonsense"}, States...) {
		for _, e := range append([]Event{"", "nonsense"}, Events...) {
			got, err := Next(s, e)
			to, possible := want[s][e]
			var not *NotNow
			switch {
			case possible && (err != nil || got != to):
				t.Errorf("%s, %s: %s, %v; want %s", s, e, got, err, to)
			case !possible && (!errors.As(err, &not) || got != s || not.State != s || not.Event != e):
				t.Errorf("%s, %s: %s, %v; want a refusal", s, e, got, err)
			}
		}
	}
}

// Whatever happens in whatever order: a picture is kept only of somebody who was
// asked and then agreed, each way out of that state ends it, and nobody who said no
// is turned into somebody who was never asked.
func TestB10NothingIsKeptWithoutAYes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, asked, agreed, no := None, false, false, false
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			e := rapid.SampledFrom(Events).Draw(t, "event")
			next, err := Next(s, e)
			if err != nil {
				continue
			}
			switch e {
			case Request:
				asked, no = true, false
			case Give:
				agreed, no = true, false
			case Decline, Withdraw:
				agreed, no = false, true
			case Reset, End:
				agreed = false
			}
			if s = next; s.Keeps() && (!asked || !agreed) {
				t.Fatalf("a picture is kept after %s", e)
			}
			if !agreed && s.Keeps() {
				t.Fatalf("%s leaves a picture", e)
			}
			if no && s == None {
				t.Fatalf("%s forgets a no", e)
			}
		}
	})
}

// Who said no isn't asked again for a while, and says yes after all whenever they
// like.
func TestK28AfterANo(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		r    Reference
		want error
	}{
		{"never asked", Reference{State: None, Allowed: true, Reachable: true}, nil},
		{"switched off", Reference{State: None, Reachable: true}, ErrOff},
		{"the account ended", Reference{State: None, Allowed: true}, ErrUnreachable},
		{"asked", Reference{State: Requested, Allowed: true, Reachable: true}, &NotNow{Requested, Request}},
		{"given", Reference{State: Given, Allowed: true, Reachable: true}, &NotNow{Given, Request}},
		{"declined just now", Reference{State: Declined, Since: now.Add(-time.Hour), Allowed: true, Reachable: true}, &TooSoon{now.Add(Pause - time.Hour)}},
		{"withdrawn just now", Reference{State: Withdrawn, Since: now, Allowed: true, Reachable: true}, &TooSoon{now.Add(Pause)}},
		{"declined long ago", Reference{State: Declined, Since: now.Add(-Pause), Allowed: true, Reachable: true}, nil},
		{"no answer", Reference{State: Expired, Since: now, Allowed: true, Reachable: true}, nil},
	} {
		if got := c.r.Ask(now); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if r := (Reference{State: Declined, Allowed: true}); !r.Can(Give) || (Reference{State: Declined}).Can(Give) || r.Can(Withdraw) {
		t.Error("what a person can do after a no")
	}
}
