package main

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"muster/cloud/ingest"
	"muster/device"
	"muster/sync/wire"
)

// One row that can't be read, one whose hash is wrong, one of another
// organisation: each is put aside, all are acknowledged, the good ones count.
func TestPoisonBlocksNothing(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	_, theirSite, theirAnna := c.organisation("Other")
	d := newTablet(t, c).activate().connect()
	stop, news := c.listen(d)
	defer stop()
	good := d.punch()
	foreignPerson := d.row(device.KindPunch, &wire.PunchPayload{ProfileId: string(theirAnna), SiteId: d.reply.Site, Direction: 1})
	foreignSite := d.row(device.KindPunch, &wire.PunchPayload{ProfileId: string(c.anna), SiteId: string(theirSite), Direction: 1})
	changed, unreadable, last := d.punch(), d.punch(), d.punch()
	b := batch(good, foreignPerson, foreignSite, changed, unreadable, last)
	b.Rows[3].Payload[3] ^= 1
	b.Rows[4].BootId = "B00T" // made into no text below: the whole row can't be read
	body, err := proto.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	body = slices.Replace(body, index(body, "B00T"), index(body, "B00T")+1, 0xff)
	for range 2 { // the second time nothing changes
		if err := d.wait(d.client.Publish(d.address().Up(wire.UpJournal), 1, false, body)); err != nil {
			t.Fatal(err)
		}
		ack := new(wire.JournalAck)
		d.receive(wire.DownAck, ack)
		if ack.GetThrough() != 6 || !slices.Equal(ack.GetStream(), d.stream[:]) || ack.GetServerTimeUs() == 0 {
			t.Errorf("ack %v, want through 6", ack)
		}
	}
	if n := c.count(`SELECT COUNT(*) FROM punches WHERE device = ?`, d.reply.Device); n != 2 {
		t.Errorf("%d punches, want the two good ones", n)
	}
	for _, reason := range []string{"unknown-profile", "unknown-site", "wrong-hash", "malformed-row%"} {
		if n := c.count(`SELECT COUNT(*) FROM quarantine WHERE reason LIKE ?`, reason); n != 1 {
			t.Errorf("%d rows in quarantine for %s", n, reason)
		}
	}
	for _, want := range []string{"quarantine ", "punch " + good.ID.String()} {
		if got := <-news; got != want {
			t.Errorf("announced %q, want %q", got, want)
		}
	}
}

// listen collects the announcements in a tablet's organisation.
func (c *cloud) listen(d *tablet) (stop func(), news chan string) {
	c.t.Helper()
	news = make(chan string, 1000)
	stop, err := c.edge.Listen(d.address().Org, func(topic, id string) { news <- topic + " " + id })
	if err != nil {
		c.t.Fatal(err)
	}
	return stop, news
}

func index(b []byte, s string) int {
	for i := range b {
		if string(b[i:min(len(b), i+len(s))]) == s {
			return i
		}
	}
	return -1
}

// What is no batch at all is put aside; the tablet is served as before.
func TestNonsense(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate().connect()
	for _, body := range [][]byte{nil, {0xff}, []byte("hello"), make([]byte, wire.MaxMessage+1)} {
		for _, leaf := range append(ingest.Leaves(), "nothing") {
			if err := d.wait(d.client.Publish(d.address().Up(leaf), 1, false, body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ack := d.acked(d.punch()); ack.GetThrough() != 1 {
		t.Errorf("ack %v", ack)
	}
	if n := c.count(`SELECT COUNT(*) FROM quarantine WHERE reason = 'malformed-batch' AND device = ?`, d.reply.Device); n != 2 {
		t.Errorf("%d things put aside as malformed, want 2", n)
	}
	if n := c.count(`SELECT COUNT(*) FROM quarantine WHERE reason = 'oversized'`); n != 1 {
		t.Errorf("%d things put aside as oversized, want 1", n)
	}
}

// Rows that an acknowledgement covers are there when the cloud is killed and
// started again.
func TestRestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	c := startCloudIn(t, data)
	if url, err := c.setupURL(c.ctx()); err != nil || url == "" {
		t.Errorf("a new cloud has no set-up address: %v", err)
	}
	c.org, c.site, c.anna = c.organisation("Acme")
	c.admin.Org, c.admin.Role = c.org, "org-admin"
	d := newTablet(t, c).activate().connect()
	d.acked(d.punch(), d.punch())
	if _, err := openFolder(data); err == nil {
		t.Error("two clouds may run on one folder")
	}
	c.end()
	again := startCloudIn(t, data)
	if url, err := again.setupURL(again.ctx()); err != nil || url != "" {
		t.Errorf("a cloud that is set up gives out %q, %v", url, err)
	}
	d.c, again.anna = again, c.anna
	d.connect() // the same authority, the same certificate
	if ack := d.acked(d.punch()); ack.GetThrough() != 3 {
		t.Errorf("ack %v, want through 3", ack)
	}
}
