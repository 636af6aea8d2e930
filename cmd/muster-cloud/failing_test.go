package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"muster/sync/wire"
)

// The database answers, but takes nothing of what tablets tell, as on a full disk: that
// is said where load balancers and whoever looks after the cloud ask, and that it is over
// too. The console goes on meanwhile.
func TestStoreThatTakesNothingIsSaid(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate().connect()
	d.subscribe(d.address().DownAll(), 1, true)
	says := func(want string) {
		t.Helper()
		for over := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) { // only by asking
			res, err := http.Get(c.HTTPURL + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			var h health
			if err := errors.Join(json.NewDecoder(res.Body).Decode(&h), res.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode == http.StatusOK && h.Store == want && h.Status == want {
				return
			}
			if time.Now().After(over) {
				t.Fatalf("%d %+v, want %s", res.StatusCode, h, want)
			}
		}
	}
	says(healthOK)
	c.exec(`CREATE TRIGGER full BEFORE INSERT ON raw_rows BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	row := d.punch()
	d.send(wire.UpJournal, batch(row))
	says(healthFailing)
	c.exec(`DROP TRIGGER full`)
	if ack := d.acked(row); ack.Through != row.Seq {
		t.Errorf("acknowledged through %d, not %d", ack.Through, row.Seq)
	}
	says(healthOK)
}
