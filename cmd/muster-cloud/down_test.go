package main

import (
	"fmt"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// come opens a session as a tablet does: presence retained, and as the will.
func (d *tablet) come(session string, started int64) *tablet {
	d.t.Helper()
	d.connect()
	d.send(wire.UpPresence, &wire.Presence{Session: session, Online: true, StartedUs: started})
	return d
}

// until waits for an announcement.
func (c *cloud) until(news <-chan string, want string) {
	c.t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case got := <-news:
			if got == want {
				return
			}
		case <-deadline:
			c.t.Fatalf("%q was not announced", want)
		}
	}
}

func (c *cloud) tablet(d *tablet) device.Tablet {
	c.t.Helper()
	got, err := c.fleet.Tablet(c.ctx(), c.admin, attendance.DeviceID(d.reply.Device))
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// pull asks for the page after have.
func (d *tablet) pull(epoch string, have uint64) *wire.FeedPage {
	d.t.Helper()
	d.send(wire.UpPull, &wire.FeedPull{Epoch: epoch, Have: have})
	p := new(wire.FeedPage)
	d.receive(wire.DownFeed, p)
	return p
}

// A change at a site is pushed to its tablets that are online, from the version
// before it; a tablet that missed one sees the gap and pulls.
func TestFeedIsPushed(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	stop, news := c.listen(d)
	defer stop()
	d.come("s1", 1)
	c.until(news, "device "+d.reply.Device)
	page := d.pull("", 0)
	have := page.GetTo()
	for i, name := range []string{"Ben", "Cem", "Dee"} {
		if _, err := c.store.AddProfile(c.ctx(), c.admin, attendance.Profile{FirstName: name}, []attendance.SiteID{c.site}); err != nil {
			t.Fatal(err)
		}
		push := d.pushed(have)
		// The first may tell again what the tablet has pulled meanwhile.
		if i > 0 && push.GetFrom() != have || push.GetTo() != push.GetHead() || push.GetSnapshot() {
			t.Errorf("pushed %v after %d", push, have)
		}
		if last := push.GetChanges()[len(push.GetChanges())-1]; last.GetProfile().GetFirstName() != name {
			t.Errorf("pushed %v, want %s", last, name)
		}
		have = push.GetTo()
	}
	if again := d.pull(page.GetEpoch(), page.GetTo()); again.GetFrom() != page.GetTo() || len(again.GetChanges()) != 3 || again.GetSnapshot() {
		t.Errorf("pulled %v", again)
	}
}

// A roster that doesn't fit into one message comes page by page, each within the
// bounds; a tablet that is ahead of the feed or counts otherwise starts anew.
func TestFeedComesInPages(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	const people = 8000
	for i := range people {
		// In one go through the database: the store's own way is one commit each.
		change := []byte{0x12, 0x26, 0x0a, 0x24} // wire.Change{Profile{Id: 36 characters}}
		change = append(change, attendance.NewID[string]()...)
		c.exec(`INSERT INTO feed (site, key, version, change) VALUES (?, ?, ?, ?)`, c.site, fmt.Sprint("profile/", i), 100+i, append(change, make([]byte, 0)...))
	}
	c.exec(`UPDATE sites SET feed_head = ? WHERE id = ?`, 100+people-1, c.site)
	d := newTablet(t, c).activate().connect()
	page := d.pull("", 0)
	if !page.GetSnapshot() {
		t.Error("the first page is no snapshot")
	}
	epoch, got, pages := page.GetEpoch(), len(page.GetChanges()), 1
	for page.GetTo() < page.GetHead() {
		have := page.GetTo()
		page = d.pull(epoch, have)
		if page.GetFrom() != have || page.GetSnapshot() || page.GetTo() <= have {
			t.Fatalf("page from %d to %d after %d, snapshot %v", page.GetFrom(), page.GetTo(), have, page.GetSnapshot())
		}
		got, pages = got+len(page.GetChanges()), pages+1
	}
	if got != people+2 || pages < 2 {
		t.Errorf("%d changes in %d pages, want %d", got, pages, people+2)
	}
	if p := d.pull(epoch, page.GetHead()); len(p.GetChanges()) != 0 || p.GetFrom() != p.GetTo() {
		t.Errorf("up to date, it still gets %d changes", len(p.GetChanges()))
	}
	for what, p := range map[string]*wire.FeedPage{"ahead": d.pull(epoch, page.GetHead()+1), "another epoch": d.pull("other", 5)} {
		if !p.GetSnapshot() || p.GetFrom() != 0 {
			t.Errorf("%s: from %d, snapshot %v", what, p.GetFrom(), p.GetSnapshot())
		}
	}
}

// A will that arrives after the tablet has come back doesn't say it is gone.
func TestPresence(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	stop, news := c.listen(d)
	defer stop()
	changed := "device " + d.reply.Device
	d.come("first", 1)
	c.until(news, changed)
	if got := c.tablet(d); !got.Online {
		t.Fatalf("%+v", got)
	}
	say := func(session string, online bool, started int64) {
		d.send(wire.UpPresence, &wire.Presence{Session: session, Online: online, StartedUs: started})
	}
	say("second", true, 2)
	c.until(news, changed)
	say("first", false, 1)  // the late will
	say("first", true, 1)   // a beginning that was overtaken
	say("second", false, 2) // the fence
	c.until(news, changed)
	got := c.tablet(d)
	if got.Online || len(news) != 0 {
		t.Errorf("after its own will: %+v, and %d more announcements", got, len(news))
	}
	say("third", true, 0) // the clock was set back meanwhile
	c.until(news, changed)
	if !c.tablet(d).Online {
		t.Error("with a clock that was set back it can't come online")
	}
	c.clock.forward(3 * time.Minute)
	if c.tablet(d).Online {
		t.Error("it has been silent for three minutes and counts as online")
	}
	d.send(wire.UpPulse, &wire.Pulse{Version: "1.2", Waiting: 3, Reader: "missing", ReaderDetail: "no such device", DiskFree: 5, Locked: true})
	c.until(news, changed)
	got = c.tablet(d)
	if h := got.Health; !got.Online || h.Version != "1.2" || h.Waiting != 3 || h.Reader != device.ReaderMissing || h.DiskFree != 5 || !h.Locked {
		t.Errorf("%+v", got)
	}
}

// The real thing: the broker sends the will when the connection is cut.
func TestWill(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	stop, news := c.listen(d)
	defer stop()
	o := d.options()
	will := []byte{0x0a, 2, 's', '1'} // wire.Presence{Session: "s1"}
	o.SetBinaryWill(d.address().Up(wire.UpPresence), will, 1, true)
	if err := d.dial(o); err != nil {
		t.Fatal(err)
	}
	d.send(wire.UpPresence, &wire.Presence{Session: "s1", Online: true, StartedUs: 1})
	c.until(news, "device "+d.reply.Device)
	if err := c.edge.Kick(d.address().Device); err != nil {
		t.Fatal(err)
	}
	c.until(news, "device "+d.reply.Device)
	if c.tablet(d).Online {
		t.Error("it was cut and counts as online")
	}
}

// A command for a tablet that is off reaches it when it comes, is repeated until
// the tablet has answered, and then is not.
func TestCommands(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	id := d.address().Device
	if err := c.fleet.Lock(c.ctx(), c.admin, id, "Stocktaking"); err != nil {
		t.Fatal(err)
	}
	if got := c.tablet(d); !got.Locked || got.LockMessage != "Stocktaking" {
		t.Errorf("%+v", got)
	}
	d.come("s1", 1)
	lock, repeated := new(wire.Command), new(wire.Command)
	d.receive(wire.DownCommand, lock)
	d.send(wire.UpPulse, &wire.Pulse{})
	d.receive(wire.DownCommand, repeated)
	if lock.GetLock().GetMessage() != "Stocktaking" || repeated.GetId() != lock.GetId() || lock.GetExpiresUs() == 0 {
		t.Errorf("asked %v, then %v", lock, repeated)
	}
	d.acked(d.row(device.KindCommand, &wire.CommandPayload{CommandId: lock.GetId(), Outcome: "done"}))
	if err := c.fleet.Unlock(c.ctx(), c.admin, id); err != nil {
		t.Fatal(err)
	}
	unlock := new(wire.Command)
	d.receive(wire.DownCommand, unlock)
	if unlock.GetUnlock() == nil || c.tablet(d).Locked {
		t.Errorf("asked %v; the lock is answered", unlock)
	}
}

// Tap the card on tablet X now: asked, read, assigned, and back on the tablet.
func TestCapture(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	stop, news := c.listen(d)
	defer stop()
	d.come("s1", 1)
	c.until(news, "device "+d.reply.Device)
	manager := access.Actor{Org: c.org, Role: access.SiteManager, Sites: []attendance.SiteID{c.site}}
	capture, err := c.fleet.StartCapture(c.ctx(), manager, d.address().Device, c.anna)
	if err != nil {
		t.Fatal(err)
	}
	head := d.pull("", 0).GetHead()
	ask := new(wire.Command)
	d.receive(wire.DownCommand, ask)
	if ask.GetId() != capture.ID || ask.GetCapture().GetName() != "Anna Berg" {
		t.Errorf("the tablet is asked %v", ask)
	}
	card := attendance.CardKey(d.reply.CardKey).ID([]byte{4, 1, 2, 3})
	d.acked(d.row(device.KindCaptured, &wire.CapturePayload{CaptureId: capture.ID, CardId: string(card)}))
	c.until(news, "capture "+capture.ID)
	if got, err := c.fleet.CardCapture(c.ctx(), manager, capture.ID); err != nil || got.State != device.CaptureDone {
		t.Errorf("%+v, %v", got, err)
	}
	push := d.pushed(head)
	if got := push.GetChanges()[0].GetCard(); got.GetCardId() != string(card) || got.GetProfileId() != string(c.anna) {
		t.Errorf("pushed %v", push)
	}
	other, err := c.fleet.StartCapture(c.ctx(), manager, d.address().Device, c.anna)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.fleet.CancelCapture(c.ctx(), manager, other.ID); err != nil {
		t.Fatal(err)
	}
	for ask.GetCancelCapture().GetCaptureId() != other.ID {
		d.receive(wire.DownCommand, ask)
	}
}
