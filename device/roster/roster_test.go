package roster_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"muster/attendance"
	"muster/device"
	"muster/device/roster"
	"muster/device/store"
	"muster/sync/wire"
)

// memory is a store that keeps what it is told; what the real one does with it
// is tested there.
type memory struct {
	last     device.RosterUpdate
	state    device.RosterState
	settings device.Settings
	names    map[attendance.ProfileID]string
	stale    map[attendance.ProfileID]bool
	fail     error
}

func (m *memory) RosterState(context.Context) (device.RosterState, error) { return m.state, nil }
func (m *memory) Settings(context.Context) (device.Settings, error)       { return m.settings, nil }

func (m *memory) ApplyFeed(_ context.Context, u device.RosterUpdate) error {
	if m.fail != nil {
		return m.fail
	}
	if u.Begin {
		m.stale = map[attendance.ProfileID]bool{}
		for id := range m.names {
			m.stale[id] = true
		}
	}
	for _, c := range u.Changes {
		switch {
		case c.Profile != nil:
			m.names[c.Profile.ID] = c.Profile.FirstName
			delete(m.stale, c.Profile.ID)
		case c.ProfileGone != "":
			delete(m.names, c.ProfileGone)
		case c.Settings != nil:
			m.settings = *c.Settings
		}
	}
	for id := range m.stale {
		if u.Complete || u.Settled && !pictured(id) {
			delete(m.names, id)
			delete(m.stale, id)
		}
	}
	m.state.At, m.state.Reading, m.last = u.To, u.Reading, u
	return nil
}

// self is the tablet of these tests.
const self = attendance.DeviceID("0199a0b0-0000-7000-8000-0000000000dd")

func person(n int) attendance.ProfileID {
	return attendance.ProfileID(fmt.Sprintf("0199a0b0-0000-7000-8000-00000000000%d", n))
}

// pictured tells whether a person stands for a picture, which come last.
func pictured(id attendance.ProfileID) bool { return id >= person(4) }

func open(t interface {
	Context() context.Context
	Fatal(...any)
}, s roster.Store,
) *roster.Roster {
	r, err := roster.Open(t.Context(), s, self, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A page that could not be stored has not been read.
func TestPageThatIsNotStoredComesAgain(t *testing.T) {
	t.Parallel()
	disk := &memory{names: map[attendance.ProfileID]string{}, fail: device.ErrStorageFull}
	r := open(t, disk)
	page := &wire.FeedPage{Epoch: "e", To: 1, Head: 1, Snapshot: true, Changes: []*wire.Change{settingsChange()}}
	if _, err := r.Apply(t.Context(), page); err == nil {
		t.Fatal("no error from a full disk")
	}
	if r.Position() != (device.FeedPosition{}) || r.Settings().Site != "" {
		t.Errorf("position %v, settings %+v after a page that was not stored", r.Position(), r.Settings())
	}
	disk.fail = nil
	if again, err := r.Apply(t.Context(), page); again || err != nil || r.Settings().Site != "Nord" {
		t.Errorf("%v, %v, %+v", again, err, r.Settings())
	}
}

func settingsChange() *wire.Change {
	return &wire.Change{Of: &wire.Change_Settings{Settings: &wire.Settings{Organisation: "Acme", Site: "Nord", CardKey: make([]byte, 32)}}}
}

// One thing that can't be understood doesn't hold up the rest of the page.
func TestBadChangesArePassedOver(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := open(t, s)
	jpeg := []byte("a picture")
	sum := sha256.Sum256(jpeg)
	photo := hex.EncodeToString(sum[:])
	card := attendance.CardKey{}.ID([]byte{1, 2, 3, 4})
	page := &wire.FeedPage{Epoch: "e", To: 9, Head: 9, Snapshot: true, Changes: []*wire.Change{
		{},
		{Of: &wire.Change_Profile{Profile: &wire.Profile{Id: "nobody"}}},
		{Of: &wire.Change_Profile{}},
		{Of: &wire.Change_Settings{Settings: &wire.Settings{CardKey: []byte("short")}}},
		{Of: &wire.Change_Card{Card: &wire.Card{CardId: "XYZ", ProfileId: string(person(1))}}},
		{Of: &wire.Change_Photo{Photo: &wire.Photo{Id: photo, Jpeg: []byte("another picture")}}},
		{Of: &wire.Change_PhotoGone{PhotoGone: "../../etc/passwd"}},
		{Of: &wire.Change_Photo{Photo: &wire.Photo{Id: photo, Jpeg: jpeg}}},
		{Of: &wire.Change_Profile{Profile: &wire.Profile{Id: string(person(1)), FirstName: "Anna", Photo: "no hash"}}},
		{Of: &wire.Change_Card{Card: &wire.Card{CardId: string(card), ProfileId: string(person(1)), FromUs: 1_000_000}}},
	}}
	if again, err := r.Apply(t.Context(), page); again || err != nil {
		t.Fatal(again, err)
	}
	if _, p, ok, err := s.Holder(t.Context(), card, time.Unix(2, 0)); !ok || err != nil || p.FirstName != "Anna" || p.Photo != "" {
		t.Errorf("holder %+v, %v, %v", p, ok, err)
	}
	if got, err := s.Photo(t.Context(), photo); string(got) != string(jpeg) || err != nil {
		t.Errorf("photo %q, %v", got, err)
	}
	if set := r.Settings(); set.ResultTime != device.DefaultResultTime || set.Debounce != device.DefaultDebounce {
		t.Errorf("settings without times: %+v, want the defaults", set)
	}
}

// What could not be understood is counted and said, one record at a time, whether
// it is nonsense or of a kind that only a newer program knows.
func TestWhatIsPassedOverIsTold(t *testing.T) {
	t.Parallel()
	r := open(t, &memory{names: map[attendance.ProfileID]string{}})
	var changes []byte
	good, err := proto.Marshal(settingsChange())
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range [][]byte{{0xff, 0xff}, good, {0xfa, 0x07, 1, 'x'}} {
		changes = wire.AppendChange(changes, body)
	}
	packed, err := wire.Pack(changes)
	if err != nil {
		t.Fatal(err)
	}
	ask := r.Pull().GetAsk()
	page := &wire.FeedPage{
		Epoch: "e", To: 3, Head: 3, Snapshot: true, Lanes: true, ToUrgent: 3, ToPeople: 3, Ask: ask, Packed: packed,
	}
	broken := proto.CloneOf(page)
	broken.Packed[len(broken.Packed)-1] ^= 1
	if again, err := r.Apply(t.Context(), broken); !again || err == nil || r.Position() != (device.FeedPosition{}) {
		t.Errorf("a page with a wrong check sum: %v, %v, %+v", again, err, r.Position())
	}
	if again, err := r.Apply(t.Context(), page); again || err != nil || r.Settings().Site != "Nord" {
		t.Errorf("%v, %v, %+v", again, err, r.Settings())
	}
	if is := r.State(); is.Skipped != 2 || is.Problem == "" || is.Current.IsZero() {
		t.Errorf("state %+v", is)
	}
}

// A program that can read more than the one before it reads everything again;
// meanwhile everybody stays known.
func TestNewProgramReadsAgain(t *testing.T) {
	t.Parallel()
	old := device.FeedPosition{Epoch: "e", Version: 7, People: 7, Urgent: 7}
	disk := &memory{names: map[attendance.ProfileID]string{person(1): "Anna"}, state: device.RosterState{At: old, Reading: roster.Reading - 1}}
	r := open(t, disk)
	if p := r.Pull(); p.GetEpoch() != "" || p.GetHave() != 0 || disk.names[person(1)] == "" {
		t.Errorf("pulls %v, knows %v", p, disk.names)
	}
	disk.state.Reading = roster.Reading
	if p := open(t, disk).Pull(); p.GetHave() != 7 || p.GetEpoch() != "e" {
		t.Errorf("the same program pulls %v", p)
	}
}

// The tablet's name comes with the settings; another tablet's is none of its
// business.
func TestNameOverTheFeed(t *testing.T) {
	t.Parallel()
	r := open(t, &memory{names: map[attendance.ProfileID]string{}})
	named := settingsChange()
	named.GetSettings().Tablets = map[string]string{string(self): "Gate 2", "another": "Gate 3"}
	page := &wire.FeedPage{Epoch: "e", To: 1, Head: 1, Snapshot: true, Changes: []*wire.Change{named}}
	if _, err := r.Apply(t.Context(), page); err != nil || r.Settings().Device != "Gate 2" {
		t.Errorf("%q, %v", r.Settings().Device, err)
	}
}

// Whatever bytes call themselves a page, nothing breaks, and the position moves
// only to where the page says.
func FuzzPage(f *testing.F) {
	seed := func(p *wire.FeedPage) {
		b, err := proto.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	seed(&wire.FeedPage{Epoch: "e", To: 1, Head: 1, Snapshot: true, Changes: []*wire.Change{settingsChange()}})
	seed(&wire.FeedPage{Epoch: "e", From: 5, To: 3, Head: 1})
	seed(&wire.FeedPage{Epoch: "e", From: 1, To: 3, Head: 9, Changes: []*wire.Change{{Of: &wire.Change_Card{}}, nil}})
	f.Fuzz(func(t *testing.T, body []byte) {
		var page wire.FeedPage
		if proto.Unmarshal(body, &page) != nil {
			return
		}
		two := device.FeedPosition{Epoch: "e", Version: 2, People: 2, Urgent: 2}
		disk := &memory{state: device.RosterState{At: two, Reading: roster.Reading}, names: map[attendance.ProfileID]string{}}
		r := open(t, disk)
		if _, err := r.Apply(t.Context(), &page); err != nil && r.Position() != two {
			t.Fatalf("position %v after %v", r.Position(), err)
		}
		if at := r.Position(); at != disk.state.At || at.Version != 2 && (at.Version != page.GetTo() || at.Epoch != page.GetEpoch()) {
			t.Errorf("position %v after %v", at, &page)
		}
		for id := range disk.names {
			if _, err := attendance.ParseID[attendance.ProfileID](string(id)); err != nil {
				t.Errorf("stored %q", id)
			}
		}
	})
}
