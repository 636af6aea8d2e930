package tablet

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/device/inviting"
	"muster/device/journal"
	"muster/device/store"
	"muster/ui/scene"
)

// front is a registrar over a real store, with a manager who has shown a card.
type front struct {
	*registrar
	t       *testing.T
	version uint64
	people  []attendance.Profile
}

func newFront(t *testing.T) *front {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	identity := device.Identity{Device: attendance.NewID[attendance.DeviceID](), Org: attendance.NewID[attendance.OrgID](), Site: attendance.NewID[attendance.SiteID]()}
	if err := s.Activate(t.Context(), device.Grant{Identity: identity}); err != nil {
		t.Fatal(err)
	}
	system, err := journal.OpenSystem()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), s, journal.NewClock(system, device.ClockEstimate{}))
	if err != nil {
		t.Fatal(err)
	}
	tab := &Tablet{stage: newStage(&wall{}, state{reader: device.ReaderReady}), logger: slog.New(slog.DiscardHandler), store: s}
	t.Cleanup(tab.stage.close)
	tab.office = &office{tablet: tab, journal: j, inviting: inviting.New(j, s, identity)}
	f := &front{registrar: newRegistrar(tab), t: t}
	manager := attendance.Profile{ID: attendance.NewID[attendance.ProfileID](), FirstName: "Tim", Manager: &attendance.Manager{User: "u", Role: string(access.OrgAdmin)}}
	for _, name := range []string{"Abel", "Berg", "Cohn"} {
		f.people = append(f.people, attendance.Profile{
			ID: attendance.NewID[attendance.ProfileID](), LastName: name,
			Pending: &attendance.Pending{Account: "inactive", Delivery: "none", Membership: "accepted", Channel: "email"},
		})
	}
	f.told(append([]attendance.Profile{manager}, f.people...)...)
	f.manager, f.ticked = manager, map[attendance.ProfileID]bool{}
	f.showList(t.Context())
	return f
}

func (f *front) told(people ...attendance.Profile) {
	f.t.Helper()
	f.version += uint64(len(people))
	u := device.RosterUpdate{At: time.Now(), To: device.FeedPosition{Epoch: "e", Version: f.version, Urgent: f.version, People: f.version}}
	for i := range people {
		u.Changes = append(u.Changes, device.RosterChange{Profile: &people[i]})
	}
	if err := f.tab().store.ApplyFeed(f.t.Context(), u); err != nil {
		f.t.Fatal(err)
	}
}

func (f *front) tab() *Tablet { return f.registrar.t }

// touch does what a finger does, in the loop.
func (f *front) touch(act scene.InvitesAct, id attendance.ProfileID) scene.Invites {
	f.t.Helper()
	f.Invites(act, string(id))
	(<-f.asked)(f.t.Context())
	s, _ := f.tab().stage.invites()
	return s
}

// rows counts the orders in the journal.
func (f *front) rows() uint64 {
	f.t.Helper()
	head, err := f.tab().store.Head(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return head.Seq
}

// A finger goes through the page; only the last step stores anything, and once.
func TestK4TheOrderIsConfirmedBeforeItIsStored(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	if s := f.touch(scene.ReviewInvites, ""); s.Step != scene.InvitesList {
		t.Errorf("nobody is ticked, and it goes on to %+v", s)
	}
	if s := f.touch(scene.TickInvitee, f.people[1].ID); s.Ticked != 1 || !s.People[1].Ticked || s.ToInvite != 1 || s.Email != 1 {
		t.Errorf("one is ticked: %+v", s)
	}
	if s := f.touch(scene.TickAll, ""); s.Ticked != 3 {
		t.Errorf("all are ticked: %+v", s)
	}
	if s := f.touch(scene.TickAll, ""); s.Ticked != 0 {
		t.Errorf("all again is nobody: %+v", s)
	}
	f.touch(scene.TickInvitee, f.people[0].ID)
	f.touch(scene.TickInvitee, f.people[2].ID)
	f.touch(scene.TickInvitee, "nobody")
	if s := f.touch(scene.ReviewInvites, ""); s.Step != scene.InvitesConfirm || s.ToInvite != 2 {
		t.Errorf("to be confirmed: %+v", s)
	}
	if s := f.touch(scene.BackToInvites, ""); s.Step != scene.InvitesList || s.Ticked != 2 {
		t.Errorf("back: %+v", s)
	}
	if s := f.touch(scene.ConfirmInvites, ""); s.Step != scene.InvitesList || f.rows() != 0 {
		t.Errorf("a touch on what has gone stored something: %+v", s)
	}
	f.touch(scene.ReviewInvites, "")
	s := f.touch(scene.ConfirmInvites, "")
	if s.Step != scene.InvitesResult || len(s.People) != 2 || s.People[0].Name != "Abel" || s.People[0].Fate != "" || f.rows() != 1 {
		t.Errorf("confirmed: %+v, %d rows", s, f.rows())
	}
	if f.touch(scene.ConfirmInvites, ""); f.rows() != 1 {
		t.Error("a second touch stored it again")
	}
	if s := f.touch(scene.BackToInvites, ""); s.Askable != 1 || !s.People[0].Waits {
		t.Errorf("the list then: %+v", s)
	}
}

// What the cloud tells meanwhile is seen at once: somebody active leaves the list, a
// tick of who can't be asked any more goes, and so does the page when the manager may
// no longer see it.
func TestK3ThePageFollowsTheFeed(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.touch(scene.TickAll, "")
	active, asked := f.people[0], f.people[1]
	active.Pending = nil
	asked.Pending = &attendance.Pending{Account: "invited", Delivery: "sent", Membership: "accepted", Channel: "email", Last: time.Now()}
	f.told(active, asked)
	f.heard(t.Context())
	s, _ := f.tab().stage.invites()
	if len(s.People) != 2 || s.Ticked != 1 || s.People[0].Ticked || s.People[0].Again.IsZero() {
		t.Errorf("after the news: %+v", s)
	}
	gone := f.manager
	gone.Manager = nil
	f.told(gone)
	f.heard(t.Context())
	if s, shown := f.tab().stage.invites(); shown {
		t.Errorf("who is no manager any more still sees %+v", s)
	}
	if f.manager.ID != "" {
		t.Error("the card is remembered")
	}
}

// Who taps ends the page; nothing can be done at it afterwards, nor behind a lock.
func TestTheNextCardEndsThePage(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.touch(scene.TickAll, "")
	f.touch(scene.ReviewInvites, "")
	f.tab().stage.change(func(s *state) { s.lock.Locked = true })
	f.touch(scene.ConfirmInvites, "")
	f.tab().stage.change(func(s *state) { s.lock.Locked = false })
	f.tab().stage.answer(scene.Result{}, time.Minute, nothing)
	f.touch(scene.ConfirmInvites, "")
	if f.rows() != 0 {
		t.Error("an order was stored that nobody saw")
	}
	if f.lookUp(context.Background(), nil, attendance.Tap{}) {
		t.Error("a tap beside the page is taken for a manager's")
	}
	if f.manager.ID != "" || len(f.ticked) != 0 {
		t.Error("the manager is remembered")
	}
}
