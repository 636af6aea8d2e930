package store

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// What an answer to lookup is about.
const (
	aboutRow = iota + 1
	aboutStream
	aboutSite
	aboutProfile
	aboutCard
)

// answer is one row of what lookup finds.
type answer struct {
	what               int
	name, org, profile string
	stream             []byte
	n, m               int64
	bytes              []byte
	trust              attendance.Trust
	at, told           int64
}

// place is the row of the raw log that an answer is about.
func (f *answer) place() (place, error) {
	if len(f.bytes) != 2*len(device.Hash{}) {
		return place{}, fmt.Errorf("hashes of %d bytes", len(f.bytes))
	}
	p := place{seq: uint64(f.n), told: f.told, tick: tick{f.profile, f.m, f.trust, f.at}} //nolint:gosec // it went in as one
	copy(p.hash[:], f.bytes)
	copy(p.prev[:], f.bytes[len(p.hash):])
	return p, nil
}

// lookup asks, beside what toldAt does, for the rows in the place of those that come, and for the nearest to
// them before and after; for how far the streams go, and whether something behind
// that lies in quarantine; for the sites, people and cards they name. LATERAL with a
// limit keeps to the index, one stretch after the other, however large the tables are.
// Where what is told of one before contradicts comparisons, or it was not compared, or none
// was told for long, that is told to be later than anything: then what the whole boot says counts.
const lookup = `SELECT 1, r.device, '', r.boot, r.stream, r.seq, r.monotonic, r.hash || r.prev, CASE WHEN ` + wellCompared + ` THEN 1 ELSE 0 END, r.device_time + r.clock_offset,
		COALESCE((SELECT CASE WHEN e.seq = r.seq THEN COALESCE((SELECT at FROM punches WHERE id = e.told), (SELECT at FROM refusals WHERE id = e.told))
				WHEN e.own IS NULL OR (ABS(e.own - COALESCE((SELECT at FROM punches WHERE id = e.told), (SELECT at FROM refusals WHERE id = e.told))) > 5000000
					OR CASE WHEN ` + wellCompared + ` THEN ABS(e.own - e.monotonic - (r.device_time + r.clock_offset - r.monotonic)) > 5000000 + ABS(r.monotonic - e.monotonic) / 20000 ELSE FALSE END) THEN -4611686018427387904
				ELSE -COALESCE((SELECT at FROM punches WHERE id = e.told), (SELECT at FROM refusals WHERE id = e.told)) END FROM (
			SELECT CAST(CAST(encode(id, 'hex') AS uuid) AS text) AS told, seq, monotonic, CASE WHEN ` + wellCompared + ` THEN device_time + clock_offset END AS own FROM raw_rows
			WHERE device = r.device AND stream = r.stream AND seq <= r.seq AND seq > r.seq - 64 AND boot = r.boot AND kind IN ('punch', 'refusal')) AS e
			WHERE COALESCE((SELECT at FROM punches WHERE id = e.told), (SELECT at FROM refusals WHERE id = e.told)) IS NOT NULL ORDER BY e.seq DESC LIMIT 1),
			CASE WHEN (SELECT boot FROM raw_rows WHERE device = r.device AND stream = r.stream AND seq <= r.seq - 64 ORDER BY seq DESC LIMIT 1) = r.boot THEN -4611686018427387904 ELSE 0 END)
	FROM unnest(CAST(?1 AS text[]), CAST(?2 AS bytea[]), CAST(?3 AS bigint[]), CAST(?4 AS bigint[])) AS k (device, stream, low, high)
	CROSS JOIN LATERAL (
		(SELECT * FROM raw_rows WHERE device = k.device AND stream = k.stream AND seq < k.low ORDER BY seq DESC LIMIT 1)
		UNION ALL (SELECT * FROM raw_rows WHERE device = k.device AND stream = k.stream AND seq BETWEEN k.low AND k.high ORDER BY seq LIMIT 100000)
		UNION ALL (SELECT * FROM raw_rows WHERE device = k.device AND stream = k.stream AND seq > k.high ORDER BY seq LIMIT 1)) r
UNION ALL SELECT 2, k.device, '', '', k.stream, COALESCE(s.through, 0), CASE WHEN EXISTS (
		SELECT 1 FROM quarantine q WHERE q.device = k.device AND q.stream = k.stream AND q.seq > COALESCE(s.through, 0)) THEN 1 ELSE 0 END
		+ CASE WHEN EXISTS (SELECT 1 FROM quarantine q WHERE q.device = k.device AND q.stream = k.stream AND q.seq > 0 AND q.body IS NOT NULL) THEN 2 ELSE 0 END
		+ CASE WHEN EXISTS (SELECT 1 FROM redatings d WHERE d.device = k.device AND d.stream = k.stream) THEN 4 ELSE 0 END, '', 0, 0, 0
	FROM unnest(CAST(?5 AS text[]), CAST(?6 AS bytea[])) AS k (device, stream)
	LEFT JOIN LATERAL (SELECT through FROM streams WHERE device = k.device AND stream = k.stream LIMIT 1) s ON TRUE
UNION ALL SELECT 3, id, org, '', '', 0, 0, '', 0, 0, 0 FROM sites WHERE id = ANY (CAST(?7 AS text[]))
UNION ALL SELECT 4, id, org, '', '', 0, 0, '', 0, 0, 0 FROM profiles WHERE id = ANY (CAST(?8 AS text[]))
UNION ALL SELECT 5, card, org, profile, '', from_at, to_at, '', 0, 0, 0 FROM cards WHERE org = ANY (CAST(?9 AS text[])) AND card = ANY (CAST(?10 AS text[]))`

// question gathers what lookup is asked.
type question struct {
	devices       []string
	streams       [][]byte
	low, high     []int64
	ownDevices    []string
	ownStreams    [][]byte
	sites, people []string
	orgs, cards   []string
}

func (q *question) args() []any {
	for _, names := range []*[]string{&q.sites, &q.people, &q.orgs, &q.cards} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return []any{q.devices, q.streams, q.low, q.high, q.ownDevices, q.ownStreams, q.sites, q.people, q.orgs, q.cards}
}

func (q *question) add(c *courier) {
	var s stretch
	streams := map[uuid.UUID]bool{}
	for _, r := range c.d.Rows {
		if s.last != 0 && s.stream == r.Stream && s.last+1 == r.Seq {
			s.last++
		} else {
			q.stretch(s)
			s = stretch{strand{c.d.Device, r.Stream}, r.Seq, r.Seq}
		}
		streams[r.Stream] = true
		q.names(r)
	}
	for _, told := range c.d.Standing {
		if !streams[told.Stream] && told.Through < 1<<62 {
			q.stretch(stretch{strand{c.d.Device, told.Stream}, told.Through, told.Through})
		}
		streams[told.Stream] = true
	}
	for stream := range streams {
		q.ownDevices, q.ownStreams = append(q.ownDevices, string(c.d.Device)), append(q.ownStreams, stream[:])
	}
	q.stretch(s)
	q.orgs = append(q.orgs, string(c.d.Org))
}

// stretch asks for a stretch.
func (q *question) stretch(s stretch) {
	if s.last == 0 {
		return
	}
	q.devices, q.streams = append(q.devices, string(s.device)), append(q.streams, s.stream[:])
	q.low, q.high = append(q.low, int64(s.first)), append(q.high, int64(s.last)) //nolint:gosec // canGo has seen to it
}

// names asks for what a row names. What can't be read, names nothing.
func (q *question) names(r device.Row) {
	switch r.Kind {
	case device.KindPunch:
		var p wire.PunchPayload
		if proto.Unmarshal(r.Payload, &p) == nil {
			q.name(p.GetSiteId(), p.GetProfileId(), p.GetCardId())
		}
	case device.KindRefusal:
		var p wire.RefusalPayload
		if proto.Unmarshal(r.Payload, &p) == nil {
			q.name("", p.GetProfileId(), "")
		}
	}
}

func (q *question) name(site, profile, card string) {
	for list, name := range map[*[]string]string{&q.sites: site, &q.people: profile, &q.cards: card} {
		if name = text(name); name != "" && !slices.Contains((*list)[max(0, len(*list)-8):], name) {
			*list = append(*list, name)
		}
	}
}

// rawRows, punchRows and refusalRows are empty lists of rows of these tables.
func rawRows() bulkRows {
	return bulkRows{table: "raw_rows", columns: []string{
		"device", "stream", "seq", "id", "org", "kind", "payload", "device_time", "monotonic", "boot", "clock_offset", "uncertainty", "trust", "prev", "hash", "received_at",
	}}
}

func punchRows() bulkRows {
	return bulkRows{table: "punches", columns: []string{
		"id", "org", "site", "device", "profile", "card", "direction", "at", "device_time", "trust", "received_at", "uncertainty", "approval",
	}}
}

func refusalRows() bulkRows {
	return bulkRows{table: "refusals", columns: []string{"id", "org", "site", "device", "reason", "card", "profile", "at", "received_at"}}
}

// rawRow returns a row of the raw log, in the order of the columns of rawRows.
func rawRow(d device.Delivery, r *device.Row) []any {
	return []any{
		string(d.Device), r.Stream[:], int64(r.Seq), r.ID[:], string(d.Org), string(r.Kind), notNil(r.Payload), r.Clock.Device.UnixMicro(), //nolint:gosec // canGo has seen to it
		r.Clock.Monotonic.Microseconds(), r.Clock.BootID, r.Clock.Offset.Microseconds(), r.Clock.Uncertainty.Microseconds(), int64(r.Clock.Trust), r.Prev[:], r.Hash[:],
		micros(d.Received),
	}
}

// punchRow is the same for punchRows.
func punchRow(d device.Delivery, p attendance.Punch) []any {
	return []any{
		string(p.ID), string(d.Org), string(p.Site), string(d.Device), string(p.Profile), string(p.Card), p.Direction.String(),
		p.At.UnixMicro(), p.Clock.Device.UnixMicro(), int64(p.Clock.Trust), micros(d.Received), microsOf(p.Moment.Uncertainty), string(p.Approval),
	}
}

// moveEnds moves on how far streams go without a gap.
const moveEnds = `INSERT INTO streams (device, stream, through) SELECT * FROM unnest(CAST(? AS text[]), CAST(? AS bytea[]), CAST(? AS bigint[]))
	ON CONFLICT (device, stream) DO UPDATE SET through = excluded.through`

// streamRows are how far streams go, column by column.
type streamRows struct {
	device  []string
	stream  [][]byte
	through []int64
}

func (c *streamRows) args() []any { return []any{c.device, c.stream, c.through} }

func (c *streamRows) add(dev attendance.DeviceID, stream uuid.UUID, through int64) {
	c.device, c.stream, c.through = append(c.device, string(dev)), append(c.stream, stream[:]), append(c.through, through)
}
