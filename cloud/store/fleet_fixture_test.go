package store

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// claim adds a tablet that waits for a manager and returns its user code.
func (w *world) claim(t *testing.T) string {
	t.Helper()
	id := attendance.NewID[string]()
	code := "BCDFGHJK"
	now := w.clock.now()
	err := w.AddClaim(t.Context(), device.ClaimRecord{
		ID: id, Key: []byte("key " + id), DeviceCode: device.Hash([]byte(id)[:32]),
		Claim: device.Claim{UserCode: code, Hardware: "Bench", Version: "1", Address: "192.0.2.1", Created: now, Expires: now.Add(15 * time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// pen writes the journal of a tablet.
type pen struct {
	t    *testing.T
	from device.Delivery
	site attendance.SiteID
	last device.Row
	now  func() time.Time
}

func (w *world) pen(t *testing.T, org attendance.OrgID, site attendance.SiteID) *pen {
	t.Helper()
	dev := w.device(t, org, site, "Gate "+attendance.NewID[string]()[30:])
	return &pen{t: t, from: device.Delivery{Org: org, Device: dev}, site: site, last: device.Row{Stream: uuid.New()}, now: w.clock.now}
}

// write adds a row to the journal.
func (p *pen) write(kind device.Kind, payload proto.Message) device.Row {
	p.t.Helper()
	body, err := proto.Marshal(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.writeRaw(kind, body)
}

func (p *pen) writeRaw(kind device.Kind, body []byte) device.Row {
	p.last = p.seal(device.Row{
		Stream: p.last.Stream, Seq: p.last.Seq + 1, ID: uuid.Must(uuid.NewV7()), Kind: kind, Payload: body, Prev: p.last.Hash,
		Clock: attendance.ClockReading{Device: p.now().Add(-2 * time.Second), BootID: "boot", Offset: 2 * time.Second, Trust: attendance.TrustEstimated},
	})
	return p.last
}

func (p *pen) seal(r device.Row) device.Row {
	r.Hash = r.Sum()
	return r
}

// punch writes that a person came, with a card or without.
func (p *pen) punch(who attendance.ProfileID, card attendance.CardID) device.Row {
	return p.write(device.KindPunch, &wire.PunchPayload{
		ProfileId: string(who), CardId: string(card), SiteId: string(p.site), Direction: wire.Direction_DIRECTION_IN,
	})
}

// delivery is these rows on their way.
func (p *pen) delivery(rows ...device.Row) device.Delivery {
	d := p.from
	d.Rows, d.Received = rows, p.now()
	return d
}

// deliver brings rows to the store and returns the receipt for the pen's stream.
func (w *world) deliver(t *testing.T, p *pen, rows ...device.Row) device.Receipt {
	t.Helper()
	out, err := w.Deliver(t.Context(), []device.Delivery{p.delivery(rows...)})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range out[0].Receipts {
		if r.Stream == p.last.Stream {
			return r
		}
	}
	t.Fatalf("no receipt for the stream: %+v", out[0])
	return device.Receipt{}
}

// reasons returns why rows of a tablet are in quarantine, oldest first.
func (w *world) reasons(t *testing.T, p *pen) []string {
	t.Helper()
	all, err := collect(t.Context(), w.read, scanOne[string], `SELECT reason FROM quarantine WHERE device = ? ORDER BY id`, p.from.Device)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (w *world) number(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := w.read.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
