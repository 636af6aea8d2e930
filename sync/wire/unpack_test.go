package wire_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

func row(seq uint64) device.Row {
	r := device.Row{
		Stream: uuid.MustParse("0199a0b0-0000-7000-8000-000000000001"), Seq: seq, ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch,
		Payload: []byte("payload"), Clock: attendance.ClockReading{Device: time.UnixMicro(1), BootID: "boot"},
	}
	r.Hash = r.Sum()
	return r
}

func encode(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Whatever is spoilt in a batch, the rows that are not spoilt come out as they
// were, and of those that are, stream and seq as far as they can be read.
func TestUnpackSalvages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var b wire.JournalBatch
		good := map[uint64]bool{}
		n := rapid.IntRange(1, 10).Draw(r, "rows")
		for seq := uint64(1); seq <= uint64(n); seq++ {
			m := wire.FromRow(row(seq))
			switch rapid.IntRange(0, 4).Draw(r, "spoil") {
			case 0:
				m.Payload = append(m.Payload, 'x')
			case 1:
				m.Hash = m.Hash[:5]
			case 2:
				m.Trust = 99
			default:
				good[seq] = true
			}
			b.Rows = append(b.Rows, m)
		}
		d := wire.UnpackBatch(encode(t, &b))
		if len(d.Rows) != len(good) || len(d.Broken) != n-len(good) {
			r.Fatalf("%d rows and %d broken of %d, %d of them good", len(d.Rows), len(d.Broken), n, len(good))
		}
		for _, got := range d.Rows {
			if !good[got.Seq] || got.Sum() != got.Hash {
				r.Errorf("row %d came out", got.Seq)
			}
		}
		for _, got := range d.Broken {
			if good[got.Seq] || got.Seq == 0 || got.Stream != row(1).Stream || got.Reason == "" {
				r.Errorf("broken: %+v", got)
			}
		}
	})
}

// A row that is not even a message is told to have arrived, when it says where
// it belongs.
func TestUnpackRowThatIsNoMessage(t *testing.T) {
	t.Parallel()
	bad := wire.FromRow(row(7))
	bad.BootId = "B00T"
	body := bytes.Replace(encode(t, &wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(row(6)), bad, wire.FromRow(row(8))}}), []byte("B00T"), []byte("\xff00T"), 1)
	d := wire.UnpackBatch(body)
	if len(d.Rows) != 2 || d.Rows[0].Seq != 6 || d.Rows[1].Seq != 8 {
		t.Errorf("rows %+v", d.Rows)
	}
	if len(d.Broken) != 1 || d.Broken[0].Seq != 7 || d.Broken[0].Stream != row(1).Stream {
		t.Errorf("broken %+v", d.Broken)
	}
}

func TestUnpackWhatIsCutOff(t *testing.T) {
	t.Parallel()
	whole := encode(t, &wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(row(1)), wire.FromRow(row(2))}})
	d := wire.UnpackBatch(whole[:len(whole)-1])
	if len(d.Rows) != 1 || len(d.Broken) != 1 || d.Broken[0].Reason != "malformed-batch" {
		t.Errorf("%d rows, broken %+v", len(d.Rows), d.Broken)
	}
	if d := wire.UnpackBatch(make([]byte, wire.MaxMessage+1)); len(d.Broken) != 1 || d.Broken[0].Reason != "oversized" {
		t.Errorf("oversized: %+v", d)
	}
}

// A message of nothing but empty rows, or of more rows than there is room for,
// costs no more than others.
func TestUnpackIsBounded(t *testing.T) {
	t.Parallel()
	if d := wire.UnpackBatch(bytes.Repeat([]byte{0x0a, 0x00}, wire.MaxMessage/2)); len(d.Rows) != 0 || len(d.Broken) != 2 {
		t.Errorf("%d rows, %d broken; want one empty row for all, and that there were too many", len(d.Rows), len(d.Broken))
	}
	var b wire.JournalBatch
	for seq := range uint64(wire.MaxRows + 100) {
		b.Rows = append(b.Rows, &wire.JournalRow{Stream: make([]byte, 16), Seq: seq + 1})
		b.Rows[seq].Stream[0] = 1
	}
	d := wire.UnpackBatch(encode(t, &b))
	if len(d.Broken) != wire.MaxRows+1 || d.Broken[wire.MaxRows].Reason != "too-many-rows" {
		t.Errorf("%d rows, %d broken", len(d.Rows), len(d.Broken))
	}
}

// A newer tablet may say more than this cloud understands.
func TestUnpackIgnoresUnknownFields(t *testing.T) {
	t.Parallel()
	body := append([]byte{0x7a, 2, 'h', 'i'}, encode(t, &wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(row(1))}, Backlog: true})...)
	if d := wire.UnpackBatch(body); len(d.Rows) != 1 || len(d.Broken) != 0 {
		t.Errorf("%+v", d)
	}
}

func FuzzUnpackBatch(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0x00})
	f.Add(encode(f, &wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(row(1)), {Seq: 1 << 63}}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		d := wire.UnpackBatch(body)
		for _, r := range d.Rows {
			if r.Sum() != r.Hash || r.Seq == 0 || r.Seq > 1<<62 {
				t.Errorf("a row came out that is none: %+v", r)
			}
		}
		for _, b := range d.Broken {
			if (b.Stream == uuid.Nil) != (b.Seq == 0) || b.Seq > 1<<62 || b.Reason == "" || len(b.Reason) > 100 {
				t.Errorf("broken: %+v", b)
			}
		}
	})
}

// How a tablet stands is read where it makes sense, and what makes none takes no
// row down with it.
func TestUnpackStanding(t *testing.T) {
	t.Parallel()
	good := row(7)
	b := &wire.JournalBatch{Rows: []*wire.JournalRow{wire.FromRow(good)}, Standing: []*wire.Standing{
		{Stream: good.Stream[:], Through: 5, Oldest: 2, Behind: []uint64{7, 9, 12, 12, 12, 14, 3}},
		{Stream: []byte("short"), Through: 5},
		{Stream: good.Stream[:], Through: 1<<62 + 1},
		{Stream: good.Stream[:], Oldest: 1 << 63},
	}}
	d := wire.UnpackBatch(encode(t, b))
	if len(d.Rows) != 1 || len(d.Broken) != 0 || len(d.Standing) != 1 || !reflect.DeepEqual(d.Standing[0], device.Standing{Stream: good.Stream, Through: 5, Oldest: 2, Behind: []device.Span{{From: 7, To: 9}, {From: 12, To: 12}}}) {
		t.Errorf("%+v", d)
	}
	for range 100 {
		b.Standing = append(b.Standing, b.Standing[0])
	}
	if d := wire.UnpackBatch(encode(t, b)); len(d.Standing) != 8 {
		t.Errorf("%d standings of one message", len(d.Standing))
	}
}
