package console_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// listening is an open live stream.
type listening struct {
	t      *testing.T
	events chan event // closed when the stream ends
}

type event struct{ name, data string }

// listen opens a live stream and reads its events until the test ends.
func (b *browser) listen(path string) *listening {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	r := b.request(http.MethodGet, path, http.NoBody).WithContext(ctx)
	res, err := b.http.Do(r)
	if err != nil {
		cancel()
		b.t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		cancel()
		b.t.Fatalf("%s: %s, %s", path, res.Status, kind)
	}
	l := &listening{t: b.t, events: make(chan event, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(l.events)
		defer res.Body.Close() //nolint:errcheck // it was only read
		var e event
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			switch line := lines.Text(); {
			case line == "" && e.name != "":
				l.events <- e
				e = event{}
			case strings.HasPrefix(line, "event: "):
				e.name = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				e.data += line[len("data: "):] + "\n"
			}
		}
	}()
	b.t.Cleanup(func() {
		cancel()
		<-done
	})
	return l
}

// next returns the next event and fails the test when it isn't of that name.
func (l *listening) next(name string) event {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		if !ok || e.name != name {
			l.t.Fatalf("event %q (still open: %v), want %q\n%s", e.name, ok, name, e.data)
		}
		return e
	case <-time.After(patience):
		l.t.Fatalf("no event %q", name)
		return event{}
	}
}

func (e event) shows(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(e.data, text) {
			t.Errorf("event %q doesn't show %q:\n%s", e.name, text, e.data)
		}
	}
}

func TestLivePunchesFindTheirPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID)
	gate := w.tablet(w.north.ID, "Gate 2")
	now := w.now()
	first := gate.punch(anna, attendance.In, now.Add(-time.Hour))
	l := w.as(w.admin.Email).listen("/live/punches")
	l.next("rows").shows(t, "row-"+first, "Anna Berg")

	newest := gate.punch(anna, attendance.Out, now)
	l.next("row").shows(t, `hx-swap-oob="afterbegin:#log-rows"`, "row-"+newest, "Gate 2", "Anna Berg, out")

	// A tablet that was offline sends later what happened before.
	gate.behind = 2 * time.Hour
	between := gate.punch(anna, attendance.In, now.Add(-30*time.Minute))
	l.next("row").shows(t, `hx-swap-oob="afterend:#row-`+newest+`"`, "row-"+between, "arrived 2 h later")
	gate.behind = 0

	refused := gate.refuse(attendance.UnknownCard, "", now.Add(-time.Minute))
	l.next("row").shows(t, `hx-swap-oob="afterend:#row-`+newest+`"`, "row-"+refused, "Unknown card", "Nobody holds this card", "C1")

	// The same news twice is one row.
	w.bus.Announce(w.admin.Org, "punch", newest)
	oldest := gate.punch(anna, attendance.Out, now.Add(-2*time.Hour))
	l.next("row").shows(t, `hx-swap-oob="afterend:#row-`+first+`"`, "row-"+oldest)
}

// A page holds so many rows: a new one pushes the oldest out.
func TestLiveListStaysAsLongAsAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID)
	gate := w.tablet(w.north.ID, "Gate 2")
	now := w.now()
	var oldest string
	for i := range 50 {
		id := gate.punch(anna, attendance.In, now.Add(time.Duration(i-60)*time.Minute))
		if i == 0 {
			oldest = id
		}
	}
	l := w.as(w.admin.Email).listen("/live/punches")
	if got := strings.Count(l.next("rows").data, "<tr"); got != 50 {
		t.Fatalf("%d rows", got)
	}
	gate.punch(anna, attendance.Out, now.Add(-3*time.Hour)) // older than the page: not shown
	gate.punch(anna, attendance.Out, now)
	l.next("row").shows(t, "afterbegin", `<tr id="row-`+oldest+`" hx-swap-oob="delete">`)
}

func TestLivePunchesShowWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	anna, li := f.people[0], f.people[8] // of both sites, of the south
	south := f.as(f.admin.Email).listen("/live/punches?show=punches&site=" + string(f.south.ID))
	manager := f.as("mia.manager@acme.example").listen("/live/punches")
	south.next("rows")
	manager.next("rows")
	f.store.punch(li, attendance.In, f.now())
	f.gate.punch(anna, attendance.In, f.now())
	f.store.refuse(attendance.UnknownCard, "", f.now())
	f.store.punch(li, attendance.Out, f.now())
	south.next("row").shows(t, "Li Wang", ", in,")
	south.next("row").shows(t, "Li Wang", ", out,")
	f.gate.punch(anna, attendance.Out, f.now())
	manager.next("row").shows(t, "Anna Bergmann, in,")
	manager.next("row").shows(t, "Anna Bergmann, out,")
}

func TestLiveNewsSaysThatSomethingChanged(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	l := f.as(f.admin.Email).listen("/live/news?topics=device,nonsense")
	l.next("change") // what happened since the page was made
	f.gate.presence(false)
	l.next("change")
	f.as(f.admin.Email).get("/devices").shows(t, http.StatusOK, "2 of 3 online")
}

func TestK28CardIsAssignedByTappingAndTakenBack(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	zoe := f.people[11]
	page := "/employees/" + string(zoe.ID)
	b.get(page).shows(t, http.StatusOK, "No card yet.", "Gate 2 · Site North")
	a := b.post(page+"/captures", map[string][]string{"device": {string(f.gate.at.Device)}})
	where := a.Header.Get("Location")
	where, _, _ = strings.Cut(where, "#")
	b.get(where).shows(t, http.StatusOK, "Hold the card on “Gate 2” now", "Zoë O’Connor", "(Berlin).") // by the clock on the tablet
	_, id, _ := strings.Cut(where, "capture=")
	l := b.listen("/live/captures/" + id)
	key := attendance.NewCardKey() // the card's number under any key is as good
	card := key.ID([]byte{4, 9, 9, 9, 9, 9, 9})
	f.gate.tell(device.KindCaptured, f.now(), &wire.CapturePayload{CaptureId: id, CardId: string(card), Technology: "ISO 14443-4"})
	l.next("change")
	b.get(where).shows(t, http.StatusOK, "The card is assigned", "Card "+card.Short()+" now belongs to Zoë O’Connor.", "<code>"+card.Short())

	b.post(page+"/cards/"+string(card)+"/block", nil).leadsTo(t, page+"#cards")
	b.get(page).shows(t, http.StatusOK, "Unblock")
	b.post(page+"/cards/"+string(card)+"/unblock", nil).leadsTo(t, page+"#cards")
	b.get(page+"/cards/"+string(card)+"/end").shows(t, http.StatusOK, "Take back card "+card.Short()+" from Zoë O’Connor?")
	b.post(page+"/cards/"+string(card)+"/end", nil).leadsTo(t, page+"#cards")
	b.get(page).shows(t, http.StatusOK, "No card yet.", "1 earlier card")
}

func TestCaptureThatComesToNothing(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	page := "/employees/" + string(f.people[11].ID)
	start := func() string {
		t.Helper()
		where := b.post(page+"/captures", map[string][]string{"device": {string(f.gate.at.Device)}}).Header.Get("Location")
		where, _, _ = strings.Cut(where, "#")
		return where
	}
	where := start()
	_, id, _ := strings.Cut(where, "capture=")
	f.gate.tell(device.KindCommand, f.now(), &wire.CommandPayload{CommandId: id, Outcome: string(attendance.RandomCard)})
	b.get(where).shows(t, http.StatusOK, "This card shows a new number each time")
	where = start()
	_, id, _ = strings.Cut(where, "capture=")
	b.post(page+"/captures/"+id+"/cancel", nil).leadsTo(t, page+"#cards")
	b.get(where).shows(t, http.StatusOK, "Cancelled")
	where = start()
	f.ahead.Add(int64(3 * time.Minute))
	f.gate.presence(true)
	b.get(where).shows(t, http.StatusOK, "No card came in time")
	for _, d := range []*terminal{f.gate, f.yard, f.store} {
		d.presence(false)
	}
	b.get(page).shows(t, http.StatusOK, "All 2 tablets at this person&#39;s sites are offline or locked")
}

// Whoever may no longer look is shown no more.
func TestLivePageEndsWithItsSession(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	if a := f.browser().get("/live/punches"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("without a session: %s", a.Status)
	}
	ended := func(name string, l *listening) {
		t.Helper()
		select {
		case e, open := <-l.events:
			if open {
				t.Errorf("%s is still shown: %s", name, e.data)
			}
		case <-time.After(patience):
			t.Errorf("%s: the stream goes on", name)
		}
	}
	vera := f.user(access.Viewer, "vera@acme.example", f.north.ID)
	disabled := f.as("vera@acme.example").listen("/live/punches")
	leaving := f.as(f.admin.Email)
	out := leaving.listen("/live/punches")
	disabled.next("rows")
	out.next("rows")
	vera.Disabled = true
	if err := f.world.store.ChangeUser(t.Context(), f.admin.Actor(), vera); err != nil {
		t.Fatal(err)
	}
	leaving.post("/logout", nil).leadsTo(t, "/login")
	f.gate.punch(f.people[0], attendance.In, f.now())
	ended("a disabled user", disabled)
	ended("a user who signed out", out)
}
