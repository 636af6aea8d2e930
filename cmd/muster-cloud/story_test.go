package main

import (
	"testing"

	"muster/device"
	"muster/sync/wire"
)

// The walk of a tablet from the box to the first punch, with the real broker,
// store and certificates.
func TestTabletIsActivatedAndPunches(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c)
	d.must(d.ask(""))
	if got := d.poll(); got != wire.ClaimPending {
		t.Fatalf("state %s before anybody decided", got)
	}
	claim, err := c.fleet.Claim(c.ctx(), c.admin, d.claim.UserCode)
	if err != nil {
		t.Fatal(err)
	}
	if claim.Hardware != "Test bench" || len(claim.Words) != 4 || claim.Words[0] != d.claim.Words[0] {
		t.Errorf("the manager sees %+v, the tablet shows %v", claim, d.claim.Words)
	}
	id, err := c.fleet.Approve(c.ctx(), c.admin, d.claim.UserCode, c.site, "Gate 2")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.poll(); got != wire.ClaimApproved {
		t.Fatalf("state %s after approval", got)
	}
	d.must(d.fetch())
	if d.reply.Device != string(id) || d.reply.Name != "Gate 2" || d.reply.TimeZone != "Europe/Berlin" || len(d.reply.CardKey) != 32 {
		t.Errorf("the certificate comes with %+v", d.reply)
	}
	d.connect()
	row := d.punch()
	if ack := d.acked(row); ack.GetThrough() != 1 || len(ack.GetSparse()) != 0 {
		t.Errorf("ack %v, want through 1", ack)
	}
	if n := c.count(`SELECT COUNT(*) FROM punches WHERE id = ? AND at = device_time + 2000000`, row.ID.String()); n != 1 {
		t.Error("the punch is not in the store when it is acknowledged, or not at device time plus offset")
	}
	d.send(wire.UpPull, &wire.FeedPull{})
	page := new(wire.FeedPage)
	d.receive(wire.DownFeed, page)
	if !page.GetSnapshot() || page.GetTo() != page.GetHead() || len(page.GetChanges()) != 2 {
		t.Errorf("first page %v, want a snapshot with the settings and Anna", page)
	}
	d.send(wire.UpPulse, &wire.Pulse{SentUs: 77, Reader: string(device.ReaderReady)})
	reply := new(wire.PulseReply)
	d.receive(wire.DownPulse, reply)
	if reply.GetSentUs() != 77 || reply.GetReceivedUs() > reply.GetRepliedUs() {
		t.Errorf("pulse reply %v", reply)
	}
}
