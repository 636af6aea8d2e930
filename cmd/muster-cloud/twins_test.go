package main

import (
	"net"
	"testing"

	"muster/device"
)

// Two devices with one tablet's certificate throw each other off. The console
// learns of it.
func TestTwoConnectionsRaiseAnAlarm(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	stop, news := c.listen(d)
	defer stop()
	for _, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"} {
		o := d.options()
		o.SetDialer(&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience})
		if err := d.dial(o); err != nil {
			t.Fatal(err)
		}
	}
	for got := ""; got != "quarantine "; {
		select {
		case got = <-news:
		case <-c.ctx().Done():
			t.Fatal("no alarm")
		}
	}
	tablet, err := c.store.Tablet(t.Context(), c.admin, d.address().Device)
	if err != nil || len(tablet.Alarms) != 1 || tablet.Alarms[0].Kind != device.AlarmTwins {
		t.Errorf("%+v, %v", tablet.Alarms, err)
	}
}
