package e2e_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"muster/internal/stage"
	"muster/sync/wire"
)

// Nonsense from people and programs: each gets a clear answer, nothing is lost
// and nothing falls over.
func TestNonsenseIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", uid(1))
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		what, method, path string
		body               any
		status             int // 0: any refusal that is the caller's fault
	}{
		{"no name", "POST", "/api/v1/employees", map[string]any{"first_name": "", "last_name": "", "sites": []string{w.site}}, 0},
		{"a name without end", "POST", "/api/v1/employees", map[string]any{"first_name": long, "last_name": "A", "sites": []string{w.site}}, 0},
		{"a control character", "POST", "/api/v1/employees", map[string]any{"first_name": "A\x00\x1b[2J", "last_name": "A", "sites": []string{w.site}}, 0},
		{"a site that isn't", "POST", "/api/v1/employees", map[string]any{"first_name": "A", "last_name": "B", "sites": []string{"nowhere"}}, 0},
		{"a zone that isn't", "POST", "/api/v1/sites", map[string]any{"name": "X", "time_zone": "Moon/Tranquility", "language": "en"}, 0},
		{"a card number of letters", "POST", "/api/v1/employees/" + anna + "/cards", map[string]any{"uid": "zz"}, 0},
		{"a random card", "POST", "/api/v1/employees/" + anna + "/cards", map[string]any{"uid": "08010203"}, 0},
		{"not an object", "POST", "/api/v1/employees", []int{1}, 0},
		{"an id that isn't", "GET", "/api/v1/employees/..%2f..%2fetc", nil, 0},
		{"a person who isn't", "GET", "/api/v1/employees/0199a0b0-0000-7000-8000-000000000001", nil, 404},
		{"a limit below nothing", "GET", "/api/v1/punches?limit=-1", nil, 0},
		{"a cursor that isn't", "GET", "/api/v1/punches?before=%27;drop%20table", nil, 0},
		{"a code nobody shows", "POST", "/api/v1/claims/BBBB-BBBB/approve", map[string]any{"site": w.site, "name": "X"}, 404},
		{"a code that isn't", "GET", "/api/v1/claims/%00%ff", nil, 0},
		{"a way that isn't", "GET", "/api/v1/nothing", nil, 404},
	} {
		err := w.api.Do(w.ctx, c.method, c.path, c.body, nil)
		var no *stage.Refused
		switch {
		case !errors.As(err, &no):
			t.Errorf("%s: %v, want a refusal", c.what, err)
		case no.Status < 400 || no.Status >= 500 || c.status != 0 && no.Status != c.status:
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := (&stage.API{Base: w.cloud.HTTP, Token: "nonsense"}).Do(w.ctx, http.MethodGet, "/api/v1/employees", nil, nil); err == nil {
		t.Error("the API lets a made-up token in")
	}

	p := newPeer(w, "Gate 1")
	s, err := p.connect(nil)
	w.check(err)
	w.check(s.listen(p.address()))
	for _, leaf := range []wire.Leaf{wire.UpJournal, wire.UpPull, wire.UpPulse, wire.UpPresence, "no-such-leaf"} {
		for _, body := range []string{"", "\xff\xff\xff", long} {
			w.check(wait(s.Publish(p.address().Up(leaf), 1, false, body)))
		}
	}
	poison := p.punchRow("not a person")
	unknown := p.punchRow("0199a0b0-0000-7000-8000-000000000001")
	forged := p.punchRow(anna)
	forged.Payload = append(forged.Payload, 0)
	good := p.punchRow(anna)
	w.check(s.tell(p.address().Up(wire.UpJournal), &wire.JournalBatch{Rows: []*wire.JournalRow{poison, unknown, forged, good}}))
	for acked := uint64(0); acked < 4; {
		var ack wire.JournalAck
		w.check(proto.Unmarshal(s.next(t, w, p.address().Down(wire.DownAck)), &ack))
		acked = ack.GetThrough()
		for _, seq := range ack.GetSparse() {
			acked = max(acked, seq)
		}
	}
	if n := len(w.punches()); n != 1 {
		t.Errorf("%d punches, want the one good row among the bad ones", n)
	}
	var kept struct {
		Items []struct{} `json:"items"`
	}
	w.get("/api/v1/quarantine", &kept)
	if len(kept.Items) < 3 {
		t.Errorf("%d rows in quarantine, want each bad one with its reason", len(kept.Items))
	}
}
