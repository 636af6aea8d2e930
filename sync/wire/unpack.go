package wire

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"muster/device"
)

// MaxRows is more than an honest message has room for. Without it, a tablet could
// keep the store busy for seconds with one message of empty rows.
const MaxRows = 5000

// UnpackBatch takes a batch apart row by row, so that one row which can't be read
// takes no other down with it. It never fails: what is not a row is Broken.
func UnpackBatch(payload []byte) device.Delivery {
	var d device.Delivery
	if len(payload) > MaxMessage {
		d.Broken = append(d.Broken, device.Broken{Reason: "oversized", Body: payload})
		return d
	}
	rows := 0
	for rest := payload; len(rest) > 0; {
		num, typ, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return malformed(d, payload)
		}
		if num == 3 && typ == protowire.BytesType {
			body, m := protowire.ConsumeBytes(rest[n:])
			if m < 0 {
				return malformed(d, payload)
			}
			d.Standing = standing(d.Standing, body)
			rest = rest[n+m:]
			continue
		}
		if num != 1 || typ != protowire.BytesType {
			m := protowire.ConsumeFieldValue(num, typ, rest[n:])
			if m < 0 {
				return malformed(d, payload)
			}
			rest = rest[n+m:]
			continue
		}
		body, m := protowire.ConsumeBytes(rest[n:])
		if m < 0 {
			return malformed(d, payload)
		}
		if rows++; rows > MaxRows {
			return orphan(d, "too-many-rows", payload)
		}
		d = unpackRow(d, body)
		rest = rest[n+m:]
	}
	d.Asks = rows == 0 && len(d.Broken) == 0 && len(d.Standing) > 0
	return d
}

// MaxStandings is of how many streams a message tells how a tablet stands with
// them: it has more than one only where it was restored or its memory was damaged.
const MaxStandings = 8

// MaxBehind is how many stretches behind gaps a tablet tells of a stream.
const MaxBehind = 500

// behind reads the stretches that a tablet has confirmed behind gaps, in order,
// and leaves out what can't be one.
func behind(m *Standing, told []uint64) (all []device.Span) {
	after := m.GetThrough()
	for pair := range slices.Chunk(told, 2) {
		if len(pair) < 2 || pair[0] <= after || pair[1] < pair[0] || pair[1] > 1<<62 || len(all) == MaxBehind {
			break
		}
		all, after = append(all, device.Span{From: pair[0], To: pair[1]}), pair[1]
	}
	return all
}

// standing adds how a tablet says that it stands. What makes no sense is passed
// over: the tablet's rows are none the worse for it.
func standing(all []device.Standing, body []byte) []device.Standing {
	var m Standing
	if proto.Unmarshal(body, &m) != nil || len(all) == MaxStandings {
		return all
	}
	stream, err := uuid.FromBytes(m.GetStream())
	if err != nil || m.GetThrough() > 1<<62 || m.GetOldest() > 1<<62 {
		return all
	}
	s := device.Standing{Stream: stream, Through: m.GetThrough(), Oldest: m.GetOldest(), Behind: behind(&m, m.GetBehind()), Gone: behind(&m, m.GetGone())}
	if len(m.GetBefore()) == len(s.Before) {
		s.Before = device.Hash(m.GetBefore())
	}
	return append(all, s)
}

func malformed(d device.Delivery, payload []byte) device.Delivery {
	return orphan(d, "malformed-batch", payload)
}

// orphan adds something that is no row and has no place. One of a batch is
// enough to see what goes on.
func orphan(d device.Delivery, reason string, body []byte) device.Delivery {
	for _, b := range d.Broken {
		if b.Stream == uuid.Nil && b.Reason == reason {
			return d
		}
	}
	d.Broken = append(d.Broken, device.Broken{Reason: reason, Body: body})
	return d
}

func unpackRow(d device.Delivery, body []byte) device.Delivery {
	var m JournalRow
	err := proto.Unmarshal(body, &m)
	reason := "malformed-row"
	if err == nil {
		var r device.Row
		if r, err = ToRow(&m); err == nil {
			d.Rows = append(d.Rows, r)
			return d
		}
		reason = fmt.Sprintf("%s: %v", reason, err)
		if err == ErrHash {
			reason = "wrong-hash"
		}
	}
	stream, seq := place(body)
	if seq == 0 {
		return orphan(d, reason, body)
	}
	d.Broken = append(d.Broken, device.Broken{Stream: stream, Seq: seq, Reason: reason, Body: body})
	return d
}

// place looks for stream and seq in what could not be read as a whole, so that
// the tablet can be told that it arrived. Both are zero where one is missing.
func place(body []byte) (stream uuid.UUID, seq uint64) {
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			break
		}
		m := protowire.ConsumeFieldValue(num, typ, body[n:])
		if m < 0 {
			break
		}
		switch {
		case num == 1 && typ == protowire.BytesType:
			b, _ := protowire.ConsumeBytes(body[n:])
			stream, _ = uuid.FromBytes(b) //nolint:errcheck // zero is the answer then
		case num == 2 && typ == protowire.VarintType:
			seq, _ = protowire.ConsumeVarint(body[n:])
		}
		body = body[n+m:]
	}
	if stream == uuid.Nil || seq == 0 || seq > 1<<62 {
		return uuid.Nil, 0
	}
	return stream, seq
}

// PackBodies makes a batch of rows that are messages already.
func PackBodies(bodies [][]byte) []byte {
	var b []byte
	for _, body := range bodies {
		b = protowire.AppendTag(b, 1, protowire.BytesType)
		b = protowire.AppendBytes(b, body)
	}
	return b
}
