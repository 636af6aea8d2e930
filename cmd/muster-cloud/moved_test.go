package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/sync/wire"
)

// comes connects a tablet; the channel is closed when its connection is ended.
func (d *tablet) comes() (ended <-chan struct{}) {
	d.t.Helper()
	lost := make(chan struct{})
	o := d.options().SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })
	if err := d.dial(o); err != nil {
		d.t.Fatal(err)
	}
	d.subscribe(d.address().DownAll(), 0, true)
	d.send(wire.UpPresence, &wire.Presence{Session: "s", Online: true, StartedUs: 1})
	return lost
}

// An organisation is moved to another database while the cloud runs, though nobody should
// do that. Its tablets are sent away, those that tell something at once and the others soon,
// and turned away when they come again. The cloud is ready, says that somebody was moved,
// and serves the others.
func TestOrganisationMovedUnderWay(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"SQLite", "PostgreSQL"} {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			data, store := t.TempDir(), address("")
			from := address("sqlite:" + filepath.Join(data, "cloud.db"))
			if on == "PostgreSQL" {
				_, store = startPostgres(t)
				from = store
			}
			c := startCloudOn(t, data, store)
			org, site, anna := c.organisation("Other")
			c.found()
			busy, idle := newTablet(t, c).activate(), newTablet(t, c).activate()
			moved := c.org
			c.org, c.site, c.anna, c.admin.Org = org, site, anna, org
			stays := newTablet(t, c).activate()
			stays.connect()
			ended, idleEnded := busy.comes(), idle.comes()
			for deadline := time.After(patience); c.count(`SELECT count(*) FROM devices WHERE online`) < 2; {
				select {
				case <-time.After(10 * time.Millisecond): // only by asking
				case <-deadline:
					t.Fatal("the tablets are not noted as there")
				}
			}

			to := address("sqlite:" + filepath.Join(t.TempDir(), "new.db"))
			if err := (&moveCommand{From: from, To: to, Organisation: []attendance.OrgID{moved}}).Run(c.ctx()); err != nil {
				t.Fatal(err)
			}
			body, err := proto.Marshal(batch(busy.punch()))
			if err != nil {
				t.Fatal(err)
			}
			busy.client.Publish(busy.address().Up(wire.UpJournal), 1, false, body) // it may be sent away before that is confirmed
			wait := func(ended <-chan struct{}, who string) {
				t.Helper()
				select {
				case <-ended:
				case <-time.After(patience):
					t.Fatalf("%s is not sent away", who)
				}
			}
			wait(ended, "the one that tells something")
			if _, err := c.lookWhoMoved(c.ctx()); err != nil {
				t.Fatal(err)
			}
			if err := c.cutUnwelcome(c.ctx()); err != nil {
				t.Fatal(err)
			}
			wait(idleEnded, "the one that tells nothing")
			for _, d := range []*tablet{busy, idle} {
				if err := d.dial(d.options()); err == nil {
					t.Error("one is let in again")
				}
			}
			res, err := http.Get(c.HTTPURL + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			var h health
			if err := errors.Join(json.NewDecoder(res.Body).Decode(&h), res.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != http.StatusOK || h.Status != healthOK || h.Store != healthOK || h.Moved != 1 {
				t.Errorf("%d %+v", res.StatusCode, h)
			}
			row := stays.punch()
			if ack := stays.acked(row); ack.Through != row.Seq {
				t.Errorf("the other organisation's tablet is acknowledged through %d", ack.Through)
			}
		})
	}
}
