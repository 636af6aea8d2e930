package console_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// furnished is a world in which every page has something to show.
type furnished struct {
	*world
	gate, yard, store *terminal
	people            []attendance.Profile
}

func furnish(t *testing.T) *furnished {
	t.Helper()
	f := &furnished{world: newWorld(t)}
	names := [][2]string{
		{"Anna", "Bergmann"},
		{"Boris", "Petrow"},
		{"Chloé", "Durand"},
		{"Дмитрий", "Соколов"},
		{"Emre", "Yılmaz"},
		{"Maximiliane-Theodora", "von Habenichts-Oberschleißheim zu Donaudampfschiff"},
		{"Fatima", "El-Sayed"},
		{"Jürgen", "Groß"},
		{"Li", "Wang"},
		{"Mbali", "Nkosi"},
		{"Søren", "Ægidius"},
		{"Zoë", "O’Connor"},
	}
	for i, n := range names {
		sites := []attendance.SiteID{f.north.ID}
		switch {
		case i%5 == 3:
			sites = []attendance.SiteID{f.south.ID}
		case i%4 == 0:
			sites = append(sites, f.south.ID)
		}
		f.people = append(f.people, f.person(n[0], n[1], sites...))
	}
	admin := f.admin.Actor()
	for i, p := range f.people[:9] {
		if err := f.world.store.AssignUID(t.Context(), admin, p.ID, []byte{4, byte(i), 0xb2, 0xc3, 0xd4, 0xe5, 0xf6}, "MIFARE DESFire"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.world.store.SetPhoto(t.Context(), admin, f.people[0].ID, portrait(t)); err != nil {
		t.Fatal(err)
	}
	blocked := f.people[7]
	blocked.Blocked = true
	if err := f.world.store.ChangeProfile(t.Context(), admin, blocked, []attendance.SiteID{f.north.ID}); err != nil {
		t.Fatal(err)
	}
	f.gate, f.yard, f.store = f.tablet(f.north.ID, "Gate 2"), f.tablet(f.north.ID, "Yard"), f.tablet(f.south.ID, "Warehouse entrance")
	f.yard.pulse(&wire.Pulse{Version: "1.3.2", Reader: "missing", ReaderDetail: "no PN532 answers on /dev/ttyUSB0", Waiting: 3, OldestWaitUs: (40 * time.Minute).Microseconds(), DiskFree: 150 << 20, Trust: wire.ClockTrust(attendance.TrustStepped), ClockOffsetUs: 61e6, Profiles: 41})
	now := f.now()
	for i := range 70 {
		p := f.people[i%len(f.people)]
		way := attendance.In
		if (i/len(f.people))%2 == 1 {
			way = attendance.Out
		}
		d := f.gate
		if i%len(f.people)%5 == 3 {
			d = f.store
		}
		d.behind = 0
		if i%9 == 4 {
			d.behind = 3*time.Hour + 12*time.Minute
		}
		d.punch(p, way, now.Add(time.Duration(i-70)*11*time.Minute))
	}
	f.gate.refuse(attendance.UnknownCard, "", now.Add(-7*time.Minute))
	f.gate.refuse(attendance.BlockedPerson, f.people[7].ID, now.Add(-5*time.Minute))
	f.gate.punch(f.people[1], attendance.Out, now.Add(-10*time.Second))
	f.doubt()
	f.user("site-manager", "mia.manager@acme.example", f.north.ID)
	f.user("viewer", "vera.viewer@acme.example", f.north.ID, f.south.ID)
	return f
}

// doubt puts something of each kind into quarantine.
func (f *furnished) doubt() {
	f.t.Helper()
	now := f.now()
	card := f.world.cardOf(f.people[1])
	f.gate.tell(device.KindPunch, now.Add(-3*time.Hour), &wire.PunchPayload{ProfileId: nobody, SiteId: string(f.north.ID), CardId: card, Direction: wire.Direction_DIRECTION_IN})
	f.store.tell("temperature", now.Add(-2*time.Hour), &wire.StartedPayload{})
	f.yard.behind = now.Sub(time.Unix(0, 0))
	f.yard.tell(device.KindPunch, time.Unix(0, 0), &wire.PunchPayload{ProfileId: string(f.people[2].ID), SiteId: string(f.north.ID), Direction: wire.Direction_DIRECTION_OUT})
	f.yard.behind, f.yard.seq = 0, 0 // it goes on from a copy
	f.yard.punch(f.people[4], attendance.Out, now.Add(-time.Hour))
}

// portrait is a picture of nobody.
func portrait(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 320))
	for y := range 320 {
		for x := range 320 {
			c := color.RGBA{uint8(90 + y/4), uint8(140 + x/8), 190, 255}
			if dx, dy := x-160, y-130; dx*dx+dy*dy < 4900 {
				c = color.RGBA{236, 200, 170, 255}
			}
			if dx, dy := x-160, y-330; dx*dx+dy*dy < 14000 {
				c = color.RGBA{40, 60, 90, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
