package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/ui"
	"muster/ui/scene"
)

// Programs read these lines: what they are called is a contract.
func TestLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newPrinter(&out)
	p.Show(ui.Activation{})
	p.Show(ui.Activation{
		Step: ui.WaitingForApproval, UserCode: "BCDF-GHJK", URL: "https://m/activate", QR: "https://m/activate?code=BCDF-GHJK&a=b",
		Words: []string{"acorn", "barn"}, Expires: time.Unix(0, 0), Problem: "denied",
	})
	p.Show(ui.Ready{Settings: device.Settings{Site: "Nord", Device: "Gate 2"}})
	p.Show(ui.Result{Photo: []byte("x"), Receipt: attendance.Receipt{
		Accepted: true, Profile: attendance.Profile{FirstName: "Anna", LastName: "Berg", Number: "1001"},
		Punch: attendance.Punch{ID: "p1", Direction: attendance.In, At: time.Unix(1, 5000)}, Today: time.Hour, Week: 2 * time.Hour,
	}})
	p.Show(ui.Result{Receipt: attendance.Receipt{Reason: attendance.UnknownCard}})
	p.Show(ui.Capture{Name: "Anna Berg", Failed: attendance.RandomCard})
	p.Show(ui.Fault{Reader: device.ReaderMissing, Detail: "unplugged"})
	p.Show(ui.Locked{Message: "closed", Site: "Nord", Device: "Gate 2"})
	p.Show(ui.Revoked{})
	p.SetStatus(ui.Status{Link: device.Link{Online: true}, Waiting: 2, Reader: device.ReaderReady})
	want := `{"problem":"","scene":"activation","step":"asking"}
{"expires":"1970-01-01T00:00:00Z","problem":"denied","qr":"https://m/activate?code=BCDF-GHJK&a=b","scene":"activation","step":"waiting","url":"https://m/activate","user_code":"BCDF-GHJK","words":["acorn","barn"]}
{"device":"Gate 2","invitations":false,"invites":false,"scene":"ready","site":"Nord"}
{"at":"1970-01-01T00:00:01.000005Z","direction":"in","name":"Anna Berg","number":"1001","photo":true,"punch":"p1","scene":"accepted","today_s":3600,"week_s":7200}
{"code":"C1","name":"","reason":"unknown-card","scene":"refused"}
{"done":false,"failed":"random-uid","name":"Anna Berg","scene":"capture"}
{"detail":"unplugged","reader":"missing","scene":"fault","storage":false}
{"device":"Gate 2","message":"closed","scene":"locked","site":"Nord"}
{"scene":"revoked"}
{"status":{"online":true,"reader":"ready","waiting":2}}
`
	if got := out.String(); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

// What a script types reaches whoever can do it, and nonsense nobody.
func TestTypedIntents(t *testing.T) {
	t.Parallel()
	var got asked
	readIntents(strings.NewReader("code  ABCD-EFGH \n\nnonsense\nnew-code\nactivate-anew\ncode\ninvitations\njoin q/1\ndecline q/1\nlater\ninvites open\ninvites tick p/1\n\x00\xff\n"), &got)
	if want := "code ABCD-EFGH|new code|anew|code |invitations|answer q/1 true|answer q/1 false|later|invites open |invites tick p/1"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// asked remembers what was asked for.
type asked []string

func (a *asked) MyInvitations()   { *a = append(*a, "invitations") }
func (a *asked) CloseInvitation() { *a = append(*a, "later") }

func (a *asked) AnswerInvitation(id string, join bool) {
	*a = append(*a, fmt.Sprintf("answer %s %t", id, join))
}

func (a *asked) Invites(act scene.InvitesAct, id string) {
	*a = append(*a, fmt.Sprintf("invites %s %s", act, id))
}

func (a *asked) EnterCode(code string) { *a = append(*a, "code "+code) }
func (a *asked) NewCode()              { *a = append(*a, "new code") }
func (a *asked) ActivateAnew()         { *a = append(*a, "anew") }
