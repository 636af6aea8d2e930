package tablet

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/ui/scene"
)

// wall is a kiosk that remembers what it showed.
type wall struct {
	mu       sync.Mutex
	shown    []string
	statuses []scene.Status
}

func (w *wall) Show(s scene.Scene) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown = append(w.shown, name(s))
}

func (w *wall) SetStatus(s scene.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses = append(w.statuses, s)
}

func (w *wall) want(t *testing.T, scenes string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Join(w.shown, ", "); got != scenes {
		t.Errorf("shown: %s\nwant:  %s", got, scenes)
	}
}

var nothing = func(*state) {}

func TestAnswersAreShownForTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := newStage(w, state{reader: device.ReaderReady})
		defer s.close()
		s.change(nothing)
		s.answer(scene.Result{}, 3*time.Second, nothing)
		time.Sleep(2 * time.Second)
		s.change(func(st *state) { st.lock.Locked = true }) // not before the person has read the answer
		w.want(t, "ready, answer")
		time.Sleep(time.Second)
		synctest.Wait()
		w.want(t, "ready, answer, locked")
	})
}

// The same refusal twice is seen twice, and its time begins anew.
func TestNextAnswerCutsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		s := newStage(w, state{reader: device.ReaderReady})
		defer s.close()
		refused := scene.Result{Receipt: attendance.Receipt{Reason: attendance.UnknownCard}}
		s.answer(refused, 3*time.Second, nothing)
		time.Sleep(2 * time.Second)
		s.answer(refused, 3*time.Second, nothing)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.want(t, "answer, answer")
		time.Sleep(time.Second)
		synctest.Wait()
		w.want(t, "answer, answer, ready")
	})
}

// Nothing is drawn again that is there already.
func TestOnlyChangesAreShown(t *testing.T) {
	t.Parallel()
	w := &wall{}
	s := newStage(w, state{starting: true, reader: device.ReaderReady})
	defer s.close()
	s.change(nothing)
	w.want(t, "")
	s.change(func(st *state) { st.starting = false })
	s.change(nothing)
	s.change(func(st *state) { st.settings.Site = "Nord" })
	s.change(func(st *state) { st.settings.Site = "Nord" })
	w.want(t, "ready, ready")
	up := scene.Status{Link: device.Link{Online: true}, Waiting: 3}
	for range 3 {
		s.setStatus(func(st *scene.Status) { *st = up })
	}
	if !slices.Equal(w.statuses, []scene.Status{up}) {
		t.Errorf("statuses %+v, want one", w.statuses)
	}
}
