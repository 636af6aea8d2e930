package main

import (
	"slices"
	"testing"
	"time"

	"muster/attendance"
	"muster/sync/wire"
)

// A tablet that has renewed its certificate since the backup was made from which
// the database was restored comes in again: else it would be shut out for good.
func TestRenewedSinceTheBackup(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.clock.forward(-2 * time.Hour)
	d := newTablet(t, c).activate()
	c.clock.forward(time.Hour)
	c.exec(`DELETE FROM certificates`) // as the backup has it
	d.refused(d.renew(), wire.CodeNoCertificate)
	if err := c.store.BeginFeedsAnew(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.clock.forward(time.Hour)
	d.must(d.renew())
	d.connect()
	d.acked(d.punch())

	// What was issued since can't have been forgotten.
	later := newTablet(t, c).activate()
	c.exec(`DELETE FROM certificates WHERE device = ?`, later.reply.Device)
	later.refused(later.renew(), wire.CodeNoCertificate)
}

// A tablet that was activated since the backup hears that it has to be activated
// again, and its rows can be brought in: its keys are known.
func TestActivatedSinceTheBackup(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	id := attendance.DeviceID(d.reply.Device)
	c.clock.forward(time.Hour)
	for _, table := range []string{"claims", "certificates", "devices"} {
		c.exec(`DELETE FROM ` + table)
	}
	d.refused(d.renew(), wire.CodeNoCertificate)
	if err := c.store.BeginFeedsAnew(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.refused(d.renew(), wire.CodeRevoked)
	d.refused(d.renew(), wire.CodeRevoked)
	if err := d.dial(d.options()); err == nil {
		t.Error("it got onto the broker")
	}
	tablet, err := c.store.Tablet(t.Context(), c.admin, id)
	if err != nil || tablet.Revoked.IsZero() || tablet.Site != c.site {
		t.Errorf("the console shows %+v, %v", tablet, err)
	}
	origin, err := c.store.Origin(t.Context(), id)
	if err != nil || origin.Org != c.org || len(origin.Keys) != 1 || !slices.IsSorted([]int64{origin.Created.Unix(), origin.Revoked.Unix()}) {
		t.Errorf("of where rows come from is known %+v, %v", origin, err)
	}
}
