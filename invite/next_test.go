package invite

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the diagrams of docs/invitations.md")

const document = "../docs/invitations.md"

// diagram draws a machine as the document shows it: the moves in the order of
// states and events.
func diagram[S ~string](states []S, moves map[S]map[Event]S) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", states[0])
	for _, from := range states {
		for _, e := range Events {
			if to, ok := moves[from][e]; ok {
				fmt.Fprintf(&b, "    %s --> %s: %s\n", from, to, e)
			}
		}
	}
	return b.String()
}

var fenced = regexp.MustCompile("(?s)```mermaid\n(.*?)```")

// The diagrams of the document show every move there is, and no other.
func TestDiagramsShowEveryMove(t *testing.T) {
	want := []string{diagram(Accounts, accountMoves), diagram(Deliveries, deliveryMoves), diagram(Memberships, membershipMoves)}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		i := -1
		text = fenced.ReplaceAllFunc(text, func(there []byte) []byte {
			if i++; i < len(want) {
				return []byte("```mermaid\n" + want[i] + "```")
			}
			return there // of something else
		})
		if err := os.WriteFile(document, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	shown := fenced.FindAllSubmatch(text, -1)
	if len(shown) < len(want) {
		t.Fatalf("%d diagrams, want %d", len(shown), len(want))
	}
	for i, s := range shown[:len(want)] {
		if string(s[1]) != want[i] {
			t.Errorf("diagram %d is not what the code does; run: go test ./invite -update\ngot:\n%s\nwant:\n%s", i+1, s[1], want[i])
		}
	}
}

// all returns every state there can be.
func all() []State {
	var s []State
	for _, a := range Accounts {
		for _, d := range Deliveries {
			for _, m := range Memberships {
				s = append(s, State{a, d, m})
			}
		}
	}
	return s
}

// In the whole matrix, an event either happens to all that it concerns or changes
// nothing and says so.
func TestMatrix(t *testing.T) {
	known := map[State]bool{}
	for _, s := range all() {
		known[s] = true
	}
	for _, e := range append([]Event{"", "nonsense"}, Events...) {
		for _, s := range all() {
			next, err := Next(s, e)
			var not *NotNow
			if err != nil && (!errors.As(err, &not) || next != s || not.Event != e || not.State != s) {
				t.Errorf("%v, %s: %v, %v", s, e, next, err)
			}
			if !known[next] {
				t.Errorf("%v, %s leads to %v, which is no state", s, e, next)
			}
		}
	}
	for _, e := range Events {
		if _, ok := concerns[e]; !ok {
			t.Errorf("%s concerns nothing", e)
		}
	}
}

// What the rows of the requirements say, each by its identifier.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   State
		events []Event
		want   State
	}{
		{"J1 silent, then asked", Silent, []Event{Invite}, State{Invited, Queued, Outside}},
		{"J6 only all steps make active", State{Invited, Sent, Outside}, []Event{Claim, Complete}, State{Active, Opened, Outside}},
		{"B7 opening claims nothing", State{Invited, Sent, Outside}, []Event{Open, Open}, State{Invited, Opened, Outside}},
		{"B6 bounce, then another address", State{Invited, Sent, Outside}, []Event{Bounce, Chase, Send, Deliver}, State{Invited, Delivered, Outside}},
		{"J13 a lifted block sends", State{Invited, Blocked, Outside}, []Event{Lift, Send}, State{Invited, Sent, Outside}},
		{"K13 by hand without any message", Silent, []Event{HandOut, Claim}, State{Claiming, Opened, Outside}},
		{"W16 again", State{Invited, Expired, Outside}, []Event{Chase}, State{Invited, Queued, Outside}},
		{"a late report about somebody active", State{Active, Sent, Outside}, []Event{Deliver}, State{Active, Delivered, Outside}},
		{"declined, and asked anew", State{Invited, Delivered, Outside}, []Event{Decline, Invite}, State{Invited, Queued, Outside}},
		{"undo while queued", State{Invited, Queued, Outside}, []Event{Revoke}, State{Inactive, Revoked, Outside}},
		{"ended and back to silence", State{Active, Opened, Accepted}, []Event{Deactivate, Reactivate, Invite}, State{}},
		{"L20 rejected, added again", State{Active, None, Rejected}, []Event{Ask}, State{Active, None, Asked}},
		{"L21 a join key accepts at once", State{Active, None, Rejected}, []Event{Join}, State{Active, None, Accepted}},
		{"L13 an admin's addition takes effect", State{Active, None, Outside}, []Event{Admit}, State{Active, None, Accepted}},
	} {
		s, err := c.from, error(nil)
		for _, e := range c.events {
			if s, err = Next(s, e); err != nil {
				break
			}
		}
		if c.want == (State{}) { // only that it is possible and asks again
			c.want = State{Invited, Queued, Accepted}
		}
		if err != nil || s != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, s, err, c.want)
		}
	}
	for _, c := range []struct {
		name  string
		from  State
		event Event
	}{
		{"W1 somebody who wasn't invited can't claim", Silent, Claim},
		{"K11 nobody active is chased", State{Active, Opened, Outside}, Chase},
		{"K11 nobody silent is chased", Silent, Chase},
		{"a message that waits is not doubled", State{Invited, Queued, Outside}, Chase},
		{"J11 a block isn't got round", State{Invited, Blocked, Outside}, Chase},
		{"J6 nobody is active who didn't claim", State{Invited, Opened, Outside}, Complete},
		{"a revoked invitation can't be claimed", State{Inactive, Revoked, Outside}, Claim},
		{"an active account can't be declined", State{Active, Opened, Outside}, Decline},
		{"L a member isn't asked", State{Active, None, Accepted}, Ask},
	} {
		if s, err := Next(c.from, c.event); err == nil {
			t.Errorf("%s: %v", c.name, s)
		}
	}
}

// Whatever happens in whatever order: active is only who claimed or joined since the account
// was last silent, and a link works only for somebody who was asked.
func TestNobodyBecomesActiveUnasked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, asked, claimed := Silent, false, false
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			e := rapid.SampledFrom(Events).Draw(t, "event")
			next, err := Next(s, e)
			if err != nil {
				continue
			}
			s = next
			switch e {
			case Invite, HandOut, Chase:
				asked = true
			case Claim:
				claimed = true
			case Join: // with an account of another organisation
				asked, claimed = true, true
			}
			if s.Account == Inactive {
				asked, claimed = false, false
			}
			if s.Account == Active && !claimed || (s.Underway() || s.Account == Claiming) && !asked {
				t.Fatalf("%v after %s", s, e)
			}
			if _, ok := s.Ask(); s.Account == Inactive && ok != s.Seated() {
				t.Fatalf("%v after %s: can't ever be invited", s, e)
			}
			if _, ok := s.Ask(); ok && (!s.Seated() || s.Status() == Waiting || !s.Pending()) {
				t.Fatalf("%v may be asked", s)
			}
		}
	})
}
