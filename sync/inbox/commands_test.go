package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/inbox"
	"muster/sync/wire"
)

// tablet is what commands are carried out on. What it keeps survives a restart.
type tablet struct {
	done   map[string]string // outcomes, on the disk
	rows   int
	lock   device.Lock // on the disk
	shown  device.Lock
	open   string // the capture that waits
	now    time.Time
	trust  attendance.Trust
	fail   error
	twice  []string // commands that ended a second time
	locked int
}

func (b *tablet) Append(_ context.Context, kind device.Kind, payload proto.Message, e device.Effect) (device.Row, error) {
	if b.fail != nil {
		return device.Row{}, b.fail
	}
	p := payload.(*wire.CommandPayload)
	if kind != device.KindCommand || p.GetCommandId() != e.Command || p.GetOutcome() != e.Outcome {
		return device.Row{}, fmt.Errorf("row %s %v with effect %+v", kind, p, e)
	}
	if _, again := b.done[e.Command]; again {
		b.twice = append(b.twice, e.Command)
	}
	b.done[e.Command] = e.Outcome
	b.rows++
	if e.Lock != nil {
		b.lock = *e.Lock
	}
	return device.Row{}, nil
}

func (b *tablet) Now() attendance.ClockReading {
	return attendance.ClockReading{Device: b.now, Trust: b.trust}
}

func (b *tablet) Command(_ context.Context, id string) (string, bool, error) {
	o, ok := b.done[id]
	return o, ok, nil
}

func (b *tablet) Begin(_ context.Context, id string, _ attendance.ProfileID, _ string, _ time.Time) error {
	if b.fail != nil {
		return b.fail
	}
	if b.open != "" && b.open != id {
		b.done[b.open] = "replaced"
	}
	b.open = id
	return nil
}

func (b *tablet) Cancel(_ context.Context, id string) (bool, error) {
	if b.fail != nil || b.open == "" || b.open != id {
		return false, b.fail
	}
	b.open, b.done[id] = "", "cancelled"
	return true, nil
}

func (b *tablet) commands() *inbox.Commands {
	b.open = ""
	b.shown = b.lock
	return &inbox.Commands{
		Journal: b, Memory: b, Captures: b, Lock: func() device.Lock { return b.shown },
		Locked: func(l device.Lock) { b.shown = l; b.locked++ }, Logger: slog.New(slog.DiscardHandler),
	}
}

func newTablet() *tablet {
	return &tablet{done: map[string]string{}, now: time.Unix(1000, 0), trust: attendance.TrustEstimated}
}

const person = "0199a0b0-0000-7000-8000-000000000001"

func capture(id string) *wire.Command {
	return &wire.Command{Id: id, ExpiresUs: 2_000_000_000, Of: &wire.Command_Capture{Capture: &wire.Capture{ProfileId: person, Name: "Anna"}}}
}

func cancel(id, what string) *wire.Command {
	return &wire.Command{Id: id, ExpiresUs: 2_000_000_000, Of: &wire.Command_CancelCapture{CancelCapture: &wire.CancelCapture{CaptureId: what}}}
}

func lock(id, message string) *wire.Command {
	return &wire.Command{Id: id, ExpiresUs: 2_000_000_000, Of: &wire.Command_Lock{Lock: &wire.Lock{Message: message}}}
}

func unlock(id string) *wire.Command {
	return &wire.Command{Id: id, ExpiresUs: 2_000_000_000, Of: &wire.Command_Unlock{Unlock: &wire.Unlock{}}}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	late := lock("1", "closed")
	late.ExpiresUs = 1_000_000_000 // now, exactly
	stranger := capture("1")
	stranger.GetCapture().ProfileId = "somebody"
	for name, c := range map[string]struct {
		send []*wire.Command
		want string // outcomes of commands 1, 2 and 3
		open string
		lock device.Lock
	}{
		"capture":              {[]*wire.Command{capture("1")}, "[  ]", "1", device.Lock{}},
		"capture for nobody":   {[]*wire.Command{stranger}, "[malformed  ]", "", device.Lock{}},
		"cancel":               {[]*wire.Command{capture("1"), cancel("2", "1")}, "[cancelled done ]", "", device.Lock{}},
		"cancel first":         {[]*wire.Command{cancel("2", "1"), capture("1")}, "[cancelled done ]", "", device.Lock{}},
		"cancel itself":        {[]*wire.Command{cancel("1", "1")}, "[done  ]", "", device.Lock{}},
		"cancel nothing":       {[]*wire.Command{cancel("1", "")}, "[done  ]", "", device.Lock{}},
		"lock":                 {[]*wire.Command{lock("1", "closed")}, "[done  ]", "", device.Lock{Locked: true, Message: "closed", Command: "1"}},
		"lock and unlock":      {[]*wire.Command{lock("1", "closed"), unlock("2")}, "[done done ]", "", device.Lock{Command: "2"}},
		"unlock overtakes":     {[]*wire.Command{unlock("2"), lock("1", "closed")}, "[superseded done ]", "", device.Lock{Command: "2"}},
		"lock twice":           {[]*wire.Command{lock("1", "a"), lock("2", "b")}, "[done done ]", "", device.Lock{Locked: true, Message: "b", Command: "2"}},
		"too late":             {[]*wire.Command{late}, "[expired  ]", "", device.Lock{}},
		"not known":            {[]*wire.Command{{Id: "1"}}, "[unknown  ]", "", device.Lock{}},
		"without an id":        {[]*wire.Command{lock("", "closed")}, "[  ]", "", device.Lock{}},
		"with an endless id":   {[]*wire.Command{lock(string(make([]byte, 65)), "closed")}, "[  ]", "", device.Lock{}},
		"never ends by itself": {[]*wire.Command{{Id: "1", Of: &wire.Command_Unlock{}}}, "[done  ]", "", device.Lock{Command: "1"}},
	} {
		b := newTablet()
		cmds := b.commands()
		for _, m := range c.send {
			for range 2 { // each comes twice
				if err := cmds.Take(t.Context(), m); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if got := fmt.Sprint([]string{b.done["1"], b.done["2"], b.done["3"]}); got != c.want || b.open != c.open || b.lock != c.lock || b.shown != c.lock {
			t.Errorf("%s: outcomes %s, open %q, lock %+v, shown %+v", name, got, b.open, b.lock, b.shown)
		}
		if len(b.twice) != 0 {
			t.Errorf("%s: %v ended twice", name, b.twice)
		}
	}
}

// The end of a command is by the cloud's clock, so a tablet that doesn't know it
// yet waits until it does.
func TestCommandsWaitForTheClock(t *testing.T) {
	t.Parallel()
	b := newTablet()
	b.trust = attendance.TrustNone
	b.now = time.Unix(0, 0)
	cmds := b.commands()
	late := lock("1", "closed")
	late.ExpiresUs = 500_000_000
	for _, m := range []*wire.Command{late, capture("2")} {
		if err := cmds.Take(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if b.rows != 0 || b.open != "" {
		t.Fatalf("carried out without knowing the time: %v, open %q", b.done, b.open)
	}
	b.trust, b.now = attendance.TrustEstimated, time.Unix(1000, 0)
	if err := cmds.Compared(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.done["1"] != "expired" || b.open != "2" || b.lock.Locked {
		t.Errorf("%v, open %q, lock %+v", b.done, b.open, b.lock)
	}
}

// A command that could not be kept has not been carried out: it comes again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	b := newTablet()
	cmds := b.commands()
	b.fail = device.ErrStorageFull
	if err := cmds.Take(t.Context(), lock("1", "closed")); !errors.Is(err, device.ErrStorageFull) || b.shown.Locked {
		t.Errorf("%v, %+v", err, b.shown)
	}
	b.fail = nil
	if err := cmds.Take(t.Context(), lock("1", "closed")); err != nil || !b.shown.Locked {
		t.Errorf("%v, %+v", err, b.shown)
	}
}

// Whatever order commands come in, how often, and however often the tablet
// starts anew: each ends once, and the lock is what the last word said.
func TestCommandsEndOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newTablet()
		cmds := b.commands()
		var sent []*wire.Command
		captures := []string{"", "never sent"}
		newest := ""
		wantLocked := false
		for i := range rapid.IntRange(1, 8).Draw(t, "commands") {
			id := fmt.Sprintf("%02d", i)
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				sent, captures = append(sent, capture(id)), append(captures, id)
			case 1:
				sent = append(sent, cancel(id, rapid.SampledFrom(captures).Draw(t, "which")))
			case 2:
				sent, newest, wantLocked = append(sent, lock(id, "closed")), id, true
			default:
				sent, newest, wantLocked = append(sent, unlock(id)), id, false
			}
		}
		order := rapid.SliceOfN(rapid.IntRange(0, len(sent)-1), 0, 30).Draw(t, "order")
		for i := range sent {
			order = append(order, i) // in the end each has come
		}
		for _, i := range rapid.Permutation(order).Draw(t, "arrival") {
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				cmds = b.commands()
			}
			if err := cmds.Take(t.Context(), proto.CloneOf(sent[i])); err != nil {
				t.Fatal(err)
			}
		}
		if len(b.twice) != 0 {
			t.Fatalf("%v ended twice", b.twice)
		}
		if b.lock.Locked != wantLocked || b.shown != b.lock || newest != "" && b.lock.Command != newest {
			t.Fatalf("lock %+v (shown %+v), want %v by %s", b.lock, b.shown, wantLocked, newest)
		}
		for _, m := range sent {
			_, ended := b.done[m.GetId()]
			if _, isCapture := m.GetOf().(*wire.Command_Capture); !ended && !isCapture {
				t.Fatalf("command %s never ended", m.GetId())
			}
		}
	})
}

func FuzzCommand(f *testing.F) {
	for _, m := range []*wire.Command{capture("1"), cancel("2", "1"), lock("3", "x"), unlock("4"), {Id: "5"}} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m wire.Command
		if proto.Unmarshal(body, &m) != nil {
			return
		}
		b := newTablet()
		if err := b.commands().Take(t.Context(), &m); err != nil {
			t.Error(err)
		}
		for id := range b.done {
			if id == "" || len(id) > 64 {
				t.Errorf("outcome for %q", id)
			}
		}
		if !slices.Equal(b.twice, nil) {
			t.Errorf("%v ended twice", b.twice)
		}
	})
}
