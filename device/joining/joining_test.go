package joining_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/device/joining"
	"muster/device/journal"
	"muster/device/store"
	"muster/invite"
	"muster/sync/wire"
)

var asked = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// room is a desk over a real store, in a folder that outlives it.
type room struct {
	t   *testing.T
	dir string
	*store.Store
	*joining.Desk
}

func open(t *testing.T, dir string) *room {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, known, _ := s.Identity(t.Context()); !known {
		err := s.Activate(t.Context(), device.Grant{Identity: device.Identity{Device: attendance.NewID[attendance.DeviceID]()}})
		if err != nil {
			t.Fatal(err)
		}
	}
	system, err := journal.OpenSystem()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), s, journal.NewClock(system, device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	return &room{t, dir, s, joining.New(j, s)}
}

// again is the room after the tablet was started anew.
func (r *room) again() *room {
	r.t.Helper()
	if err := r.Close(); err != nil {
		r.t.Fatal(err)
	}
	return open(r.t, r.dir)
}

// rows are the answers that wait for the cloud.
func (r *room) rows() (ids []string, all []*wire.AnswerPayload) {
	r.t.Helper()
	head, err := r.Head(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	rows, err := r.Unconfirmed(r.t.Context(), 0, head.Seq, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		m := new(wire.AnswerPayload)
		if row.Kind != device.KindAnswer || proto.Unmarshal(row.Payload, m) != nil {
			r.t.Fatalf("row %+v", row)
		}
		ids, all = append(ids, row.ID.String()), append(all, m)
	}
	return ids, all
}

const card = attendance.CardID("0123")

func olga(i *attendance.Invitation) attendance.Profile {
	return attendance.Profile{ID: "0199a0b0-0000-7000-8000-000000000001", FirstName: "Olga", Invitation: i}
}

var invited = olga(&attendance.Invitation{Open: true, Asked: asked})

func TestL14NobodyIsAskedWhoIsNotInvited(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	for name, i := range map[string]*attendance.Invitation{"never asked": nil, "member": {Answer: "x", Outcome: "joined"}} {
		if q, waiting, ok := r.Question(t.Context(), olga(i), card); ok || waiting {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

// A yes is one row of the journal; while the cloud doesn't know, and after a start,
// nobody is asked again.
func TestL15JoinIsStoredOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := open(t, t.TempDir())
	q, _, ok := r.Question(ctx, invited, card)
	if !ok || q.Declined || !q.Asked.Equal(asked) {
		t.Fatalf("asked %+v, %v", q, ok)
	}
	if err := r.Answer(ctx, q, true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, waiting, ok := r.Question(ctx, invited, card); ok || !waiting {
			t.Errorf("after a yes: asked %v, waiting %v", ok, waiting)
		}
		r = r.again()
	}
	ids, rows := r.rows()
	if len(rows) != 1 || !rows[0].GetJoin() || rows[0].GetProfileId() != string(invited.ID) || rows[0].GetCardId() != string(card) || rows[0].GetAskedUs() != asked.UnixMicro() {
		t.Errorf("in the journal: %v", rows)
	}
	// Asked anew meanwhile: that is another question.
	anew := olga(&attendance.Invitation{Open: true, Asked: asked.Add(time.Hour)})
	if _, waiting, ok := r.Question(ctx, anew, card); !ok || waiting {
		t.Error("a new invitation isn't shown")
	}
	// The cloud could do nothing with it: the same question again.
	unproven := olga(&attendance.Invitation{Open: true, Asked: asked, Answer: ids[0], Outcome: string(invite.AnswerUnproven)})
	if _, waiting, ok := r.Question(ctx, unproven, card); !ok || waiting {
		t.Error("whose answer didn't count can't answer again")
	}
}

func TestL15DeclinedCanStillJoin(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := open(t, t.TempDir())
	q, _, _ := r.Question(ctx, invited, card)
	if err := r.Answer(ctx, q, false); err != nil {
		t.Fatal(err)
	}
	q, waiting, ok := r.Question(ctx, invited, card)
	if !ok || waiting || !q.Declined {
		t.Fatalf("after a no: %+v, %v, %v", q, waiting, ok)
	}
	if err := r.Answer(ctx, q, true); err != nil {
		t.Fatal(err)
	}
	if _, waiting, _ := r.Question(ctx, invited, card); !waiting {
		t.Error("the yes after the no isn't the last word")
	}
}

// What became of an answer is told once, where it was given.
func TestL15TheOutcomeIsToldOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := open(t, t.TempDir())
	q, _, _ := r.Question(ctx, invited, card)
	if err := r.Answer(ctx, q, true); err != nil {
		t.Fatal(err)
	}
	ids, _ := r.rows()
	settled := olga(&attendance.Invitation{Answer: ids[0], Outcome: "joined"})
	outcome, answer := r.Outcome(ctx, settled)
	if outcome != invite.AnswerJoined || answer != ids[0] {
		t.Fatalf("told %q of %q", outcome, answer)
	}
	if again, _ := r.Outcome(ctx, settled); again != outcome {
		t.Error("told without having been seen")
	}
	if err := r.Desk.Told(ctx, answer); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if again, _ := r.Outcome(ctx, settled); again != "" {
			t.Errorf("told again: %q", again)
		}
		r = r.again()
	}
	elsewhere := olga(&attendance.Invitation{Answer: attendance.NewID[string](), Outcome: "joined"})
	if o, _ := r.Outcome(ctx, elsewhere); o != "" {
		t.Errorf("an answer at another tablet is told here: %q", o)
	}
}

type broken struct{ joining.Memory }

func (broken) Append(context.Context, device.Kind, proto.Message, device.Effect) (device.Row, error) {
	return device.Row{}, device.ErrStorageFull
}

func TestAnswerThatCantBeStoredIsNoAnswer(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	q, _, _ := r.Question(t.Context(), invited, card)
	if err := joining.New(broken{}, r).Answer(t.Context(), q, true); !errors.Is(err, device.ErrStorageFull) {
		t.Errorf("error %v", err)
	}
	if _, waiting, ok := r.Question(t.Context(), invited, card); !ok || waiting {
		t.Error("taken for answered")
	}
}
