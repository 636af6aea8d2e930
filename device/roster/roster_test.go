package roster_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

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
	at       device.FeedPosition
	settings device.Settings
	names    map[attendance.ProfileID]string
	stale    map[attendance.ProfileID]bool
	fail     error
}

func (m *memory) FeedPosition(context.Context) (device.FeedPosition, error) { return m.at, nil }
func (m *memory) Settings(context.Context) (device.Settings, error)         { return m.settings, nil }

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
	if u.Complete {
		for id := range m.stale {
			delete(m.names, id)
		}
		m.stale = nil
	}
	m.at, m.last = u.To, u
	return nil
}

// site is the cloud's side: the newest change of each person, by version.
type site struct {
	epoch    string
	head     uint64
	versions map[attendance.ProfileID]uint64
	names    map[attendance.ProfileID]string // gone when empty
	past     map[device.FeedPosition]map[attendance.ProfileID]string
}

func person(n int) attendance.ProfileID {
	return attendance.ProfileID(fmt.Sprintf("0199a0b0-0000-7000-8000-00000000000%d", n))
}

func (s *site) set(n int, name string) {
	s.head++
	s.versions[person(n)], s.names[person(n)] = s.head, name
	s.past[device.FeedPosition{Epoch: s.epoch, Version: s.head}] = s.people()
}

// page reads the feed as the cloud does: compacted, so many changes at most.
func (s *site) page(from uint64, snapshot bool, limit int) *wire.FeedPage {
	p := &wire.FeedPage{Epoch: s.epoch, From: from, To: max(from, s.head), Head: s.head, Snapshot: snapshot}
	ids := slices.SortedFunc(maps.Keys(s.versions), func(a, b attendance.ProfileID) int { return int(s.versions[a]) - int(s.versions[b]) })
	last := from
	for _, id := range ids {
		if s.versions[id] <= from {
			continue
		}
		if len(p.Changes) == limit {
			p.To = last
			break
		}
		c := &wire.Change{Of: &wire.Change_Profile{Profile: &wire.Profile{Id: string(id), FirstName: s.names[id]}}}
		if s.names[id] == "" {
			c = &wire.Change{Of: &wire.Change_ProfileGone{ProfileGone: string(id)}}
		}
		p.Changes, last = append(p.Changes, c), s.versions[id]
	}
	return p
}

func (s *site) answer(at device.FeedPosition, limit int) *wire.FeedPage {
	if at.Epoch != s.epoch || at.Version > s.head {
		return s.page(0, true, limit)
	}
	return s.page(at.Version, false, limit)
}

func (s *site) people() map[attendance.ProfileID]string {
	out := maps.Clone(s.names)
	maps.DeleteFunc(out, func(_ attendance.ProfileID, name string) bool { return name == "" })
	return out
}

// Whatever of the feed gets lost, comes twice or in another order, and whenever
// tablet or cloud start anew, a few pulls without trouble bring the roster to
// what the site is; and in between it is never something the site never was.
func TestRosterConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		cloud := &site{epoch: "e0", versions: map[attendance.ProfileID]uint64{}, names: map[attendance.ProfileID]string{}, past: map[device.FeedPosition]map[attendance.ProfileID]string{}}
		disk := &memory{names: map[attendance.ProfileID]string{}}
		r := open(t, disk)
		var line []*wire.FeedPage // on the way
		epochs := 0
		pushed := uint64(0)
		take := func(p *wire.FeedPage) bool {
			before := disk.at
			again, err := r.Apply(t.Context(), proto.CloneOf(p))
			if err != nil {
				t.Fatal(err)
			}
			if disk.at.Epoch == before.Epoch && disk.at.Version < before.Version && !p.GetSnapshot() {
				t.Fatalf("went back from %v to %v", before, disk.at)
			}
			if again == (disk.at != before && disk.last.Complete) && disk.at != before {
				t.Fatalf("after %v another pull: %v", disk.last.To, again)
			}
			if want := cloud.past[disk.at]; disk.at != before && disk.last.Complete && !maps.Equal(disk.names, want) {
				t.Fatalf("complete at %v the roster is %v, the site was %v", disk.at, disk.names, want)
			}
			return again
		}
		take(cloud.answer(r.Position(), limit))
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				cloud.set(rapid.IntRange(0, 5).Draw(t, "who"), rapid.SampledFrom([]string{"", "A", "B", "C"}).Draw(t, "name"))
			},
			"push": func(*rapid.T) {
				line = append(line, cloud.page(pushed, false, limit))
				pushed = cloud.head
			},
			"pull": func(*rapid.T) { line = append(line, cloud.answer(r.Position(), limit)) },
			"lose": func(t *rapid.T) {
				if len(line) > 0 {
					i := rapid.IntRange(0, len(line)-1).Draw(t, "which")
					line = slices.Delete(line, i, i+1)
				}
			},
			"deliver": func(t *rapid.T) {
				if len(line) == 0 {
					return
				}
				i := rapid.IntRange(0, len(line)-1).Draw(t, "which")
				p := line[i]
				if !rapid.Bool().Draw(t, "again later") {
					line = slices.Delete(line, i, i+1)
				}
				if take(p) {
					line = append(line, cloud.answer(r.Position(), limit))
				}
			},
			"tablet starts anew": func(t *rapid.T) { r = open(t, disk) },
			"cloud is restored": func(*rapid.T) {
				epochs++
				cloud.epoch, line = fmt.Sprint("e", epochs), nil
				for id := range cloud.versions { // versions count from the beginning, in another order
					delete(cloud.versions, id)
				}
				cloud.head, pushed = 0, 0
				for n := range 6 {
					if name, ok := cloud.names[person(n)]; ok {
						cloud.set(n, name)
					}
				}
			},
		})
		for range 50 {
			if !take(cloud.answer(r.Position(), limit)) && r.Position() == (device.FeedPosition{Epoch: cloud.epoch, Version: cloud.head}) {
				break
			}
		}
		if got, want := disk.names, cloud.people(); !maps.Equal(got, want) || disk.at.Version != cloud.head {
			t.Fatalf("at %v the roster is %v, the site %v at %d", disk.at, got, want, cloud.head)
		}
	})
}

func open(t interface {
	Context() context.Context
	Fatal(...any)
}, s roster.Store,
) *roster.Roster {
	r, err := roster.Open(t.Context(), s, time.Now, slog.New(slog.DiscardHandler))
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
		disk := &memory{at: device.FeedPosition{Epoch: "e", Version: 2}, names: map[attendance.ProfileID]string{}}
		r := open(t, disk)
		if _, err := r.Apply(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		if at := r.Position(); at != disk.at || at.Version != 2 && (at.Version != page.GetTo() || at.Epoch != page.GetEpoch()) {
			t.Errorf("position %v after %v", at, &page)
		}
		for id := range disk.names {
			if _, err := attendance.ParseID[attendance.ProfileID](string(id)); err != nil {
				t.Errorf("stored %q", id)
			}
		}
	})
}
