package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
)

// An attempt that was slow, and whose place another one has taken, ends nothing but
// itself: what the other did is known when the same request comes again.
func TestASlowRequestLeavesTheNextAlone(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(*Store, context.Context, access.RepeatMark) error{
		"broken": (*Store).BreakRequest,
		"answered": func(s *Store, ctx context.Context, m access.RepeatMark) error {
			return s.FinishRequest(ctx, m, 404, []byte("none"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ctx, id, asked := t.Context(), []byte("slow-slow-slow-slow-slow-slow-sl"), []byte("hash")
			begin := func() access.Repeat { return must(w.BeginRequest(ctx, w.admin.Org, id, asked))(t) }
			add := func(m access.RepeatMark) error {
				_, err := w.AddProfile(context.WithValue(ctx, access.RepeatKey{}, m), w.admin.Actor(), attendance.Profile{LastName: "Once"}, []attendance.SiteID{w.north.ID})
				return err
			}
			slow := access.RepeatMark{ID: id, Began: begin().Began}
			w.clock.forward(3 * time.Minute)
			next := access.RepeatMark{ID: id, Began: begin().Began}
			if err := add(next); err != nil {
				t.Fatal(err)
			}
			if err := add(slow); !errors.Is(err, access.ErrConflict) {
				t.Errorf("the slow one does it too: %v", err)
			}
			if err := ends(w.Store, ctx, slow); err != nil {
				t.Fatal(err)
			}
			if err := w.FinishRequest(ctx, next, 201, []byte("added")); err != nil {
				t.Fatal(err)
			}
			if r := begin(); r.State != access.RepeatDone || r.Status != 201 {
				t.Errorf("the same again: %+v", r)
			}
		})
	}
}

// A request that did a part and was refused then, by what came between, isn't made
// once more as if nothing had been done.
func TestAPartThatWasDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, id, asked := t.Context(), []byte("part-part-part-part-part-part-pa"), []byte("hash")
	begin := func() access.Repeat { return must(w.BeginRequest(ctx, w.admin.Org, id, asked))(t) }
	m := access.RepeatMark{ID: id, Began: begin().Began}
	if _, err := w.AddProfile(context.WithValue(ctx, access.RepeatKey{}, m), w.admin.Actor(), attendance.Profile{LastName: "Once"}, []attendance.SiteID{w.north.ID}); err != nil {
		t.Fatal(err)
	}
	if err := w.BreakRequest(ctx, m); err != nil {
		t.Fatal(err)
	}
	if again := begin(); again.State != access.RepeatUnknown {
		t.Errorf("the same request is %v", again.State)
	}
}
