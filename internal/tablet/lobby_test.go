package tablet

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"muster/device"
	"muster/ui/scene"
)

func question(id string) scene.Invitation {
	return scene.Invitation{Step: scene.InvitationQuestion, ID: id}
}

// The receipt comes first and has its time; then the question comes, and goes by
// itself.
func TestL14TheQuestionFollowsTheReceipt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := newStage(w, state{reader: device.ReaderReady})
		defer s.close()
		s.answer(scene.Result{}, 3*time.Second, nothing)
		s.aside(question("a"), 3*time.Second+questionTime)
		if _, shown := s.invitation(); shown {
			t.Error("the question hides the receipt")
		}
		w.want(t, "answer")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		w.want(t, "answer, invitation")
		time.Sleep(questionTime)
		synctest.Wait()
		w.want(t, "answer, invitation, ready")
	})
}

// Whoever comes next ends it, during the receipt and after it.
func TestL14TheNextCardEndsTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := newStage(w, state{reader: device.ReaderReady})
		defer s.close()
		s.answer(scene.Result{}, 3*time.Second, nothing)
		s.aside(question("a"), 3*time.Second+questionTime)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		s.answer(scene.Result{}, 3*time.Second, nothing)
		w.want(t, "answer, invitation, answer")
		time.Sleep(time.Minute)
		synctest.Wait()
		w.want(t, "answer, invitation, answer, ready")

		s.answer(scene.Result{}, 3*time.Second, nothing)
		s.aside(question("a"), 3*time.Second+questionTime)
		time.Sleep(time.Second)
		s.answer(scene.Result{}, 3*time.Second, nothing)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.want(t, "answer, invitation, answer, ready, answer, answer, ready")
	})
}

// What concerns the whole tablet comes before one person's invitation.
func TestL14ALockHidesTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := newStage(w, state{reader: device.ReaderReady})
		defer s.close()
		s.aside(question("a"), questionTime)
		s.change(func(st *state) { st.lock.Locked = true })
		if _, shown := s.invitation(); shown {
			t.Error("it can be answered behind the lock")
		}
		w.want(t, "invitation, locked")
	})
}

// A touch on a question that has gone answers nothing, and a flood of touches
// waits for nobody.
func TestL14OnlyWhatIsShownIsAnswered(t *testing.T) {
	t.Parallel()
	w := &wall{}
	tab := &Tablet{stage: newStage(w, state{reader: device.ReaderReady}), logger: slog.New(slog.DiscardHandler)}
	defer tab.stage.close()
	l := &lobby{t: tab, asked: make(chan func(context.Context), 4)} // without a desk: whoever answers by it panics
	for range 100 {
		l.AnswerInvitation("gone", true)
	}
	for len(l.asked) > 0 {
		(<-l.asked)(t.Context())
	}
	tab.stage.aside(question("other"), time.Minute)
	l.AnswerInvitation("gone", true)
	(<-l.asked)(t.Context())
	l.MyInvitations()
	(<-l.asked)(t.Context())
	l.AnswerInvitation("", true) // no id, as in the scene that asks for the card
	(<-l.asked)(t.Context())
	l.CloseInvitation()
	(<-l.asked)(t.Context())
	w.want(t, "invitation, invitation, ready")
}
