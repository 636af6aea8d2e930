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
	// The broker keeps one whose session was just taken over waiting, so not each
	// attempt gets through; devices try again.
	ctx := c.ctx()
	for told, i := false, 0; !told; i++ {
		o := d.options()
		o.SetDialer(&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i%2))}, Timeout: patience})
		if err := d.dial(o); err != nil {
			t.Logf("attempt %d: %v", i, err)
		}
		select {
		case got := <-news:
			told = got == "quarantine "
		case <-ctx.Done():
			t.Fatal("no alarm")
		default:
		}
	}
	tablet, err := c.store.Tablet(t.Context(), c.admin, d.address().Device)
	if err != nil || len(tablet.Alarms) != 1 || tablet.Alarms[0].Kind != device.AlarmTwins {
		t.Errorf("%+v, %v", tablet.Alarms, err)
	}
}
