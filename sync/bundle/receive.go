package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// Store is where rows are taken in.
type Store interface {
	// Origin tells what is known of a tablet; access.ErrNotFound: nothing.
	Origin(ctx context.Context, dev attendance.DeviceID) (device.Origin, error)
	// Present tells of each row whether it is here already.
	Present(ctx context.Context, dev attendance.DeviceID, rows []device.Row) ([]bool, error)
	// Deliver keeps rows as if they had come over the line.
	Deliver(ctx context.Context, deliveries []device.Delivery) ([]device.Outcome, error)
	// NoteImport puts an import into the record of what people did.
	NoteImport(ctx context.Context, actor access.Actor, dev attendance.DeviceID, rows int) error
}

// Receiver takes files in for the cloud.
type Receiver struct {
	Store    Store
	Now      func() time.Time
	Announce func(org attendance.OrgID, topic, id string) // nil: nobody watches
}

// ReasonRevoked is why a row of a file goes to quarantine whose tablet is revoked,
// where nothing shows that the row is from before that. It is stored: never rename
// it.
const ReasonRevoked = "after-revocation"

// Look tells what Take would come to, and changes nothing. org is the
// organisation of whoever asks, empty for the owner of the cloud; dev is the
// tablet that the file is said to be of, empty: the one that it names itself.
func (r Receiver) Look(ctx context.Context, file io.ReadSeeker, org attendance.OrgID, dev attendance.DeviceID) (device.Import, error) {
	v, _, err := r.look(ctx, file, org, dev)
	return v, err
}

// Take takes a file in. Taking it twice changes nothing more.
func (r Receiver) Take(ctx context.Context, file io.ReadSeeker, org attendance.OrgID, dev attendance.DeviceID) (device.Import, error) {
	v, origin, err := r.look(ctx, file, org, dev)
	if err != nil {
		return v, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return v, fmt.Errorf("import: %w", err)
	}
	_, err = read(file, func(d device.Delivery) error {
		d, _, err := r.judge(ctx, d, v, origin)
		if err != nil || len(d.Rows)+len(d.Broken) == 0 {
			return err
		}
		d.Org, d.Device, d.Received = origin.Org, v.Device, r.Now()
		outcomes, err := r.Store.Deliver(ctx, []device.Delivery{d})
		if err != nil || r.Announce == nil {
			return err
		}
		for _, n := range outcomes[0].News {
			r.Announce(origin.Org, n.Topic, n.ID)
		}
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("import: %w", err)
	}
	return v, nil
}

// Import takes in what a user of the console or the API has sent as an export of
// a tablet, or only looks at it. It takes an organisation admin. A file that is
// refused is an access.Invalid.
func (r Receiver) Import(ctx context.Context, actor access.Actor, dev attendance.DeviceID, file []byte, take bool) (v device.Import, err error) {
	if err := actor.Require(access.ManageDevices); err != nil {
		return v, err
	}
	if !actor.Everywhere() {
		return v, fmt.Errorf("import: %w", access.ErrForbidden)
	}
	if take {
		if v, err = r.Take(ctx, bytes.NewReader(file), actor.Org, dev); err == nil {
			err = r.Store.NoteImport(ctx, actor, dev, v.Rows)
		}
	} else {
		v, err = r.Look(ctx, bytes.NewReader(file), actor.Org, dev)
	}
	for known, problem := range map[error]string{ErrFormat: access.NotAnExport, ErrSignature: access.BadSignature, ErrOrigin: access.OtherTablet} {
		if errors.Is(err, known) {
			return v, access.Invalid{Field: "file", Problem: problem}
		}
	}
	return v, err
}

func (r Receiver) look(ctx context.Context, file io.ReadSeeker, org attendance.OrgID, dev attendance.DeviceID) (v device.Import, origin device.Origin, err error) {
	// Once through for who wrote it: nothing in it is worth a look before that.
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return v, origin, fmt.Errorf("import: %w", err)
	}
	c, err := read(file, func(device.Delivery) error { return nil })
	if err != nil {
		return v, origin, fmt.Errorf("import: %w", err)
	}
	named := attendance.DeviceID(c.header.GetDevice())
	switch {
	case dev == "" && c.key == nil:
		return v, origin, fmt.Errorf("import: %w", ErrUnsigned)
	case dev == "":
		dev = named
	case named != "" && named != dev:
		return v, origin, fmt.Errorf("import: %w", ErrOrigin)
	}
	origin, err = r.Store.Origin(ctx, dev)
	switch {
	case errors.Is(err, access.ErrNotFound) || err == nil && org != "" && origin.Org != org:
		return v, origin, fmt.Errorf("import: %w", ErrOrigin)
	case err != nil:
		return v, origin, fmt.Errorf("import: %w", err)
	case c.key != nil && !slices.ContainsFunc(origin.Keys, func(k []byte) bool { return bytes.Equal(k, c.key) }):
		return v, origin, fmt.Errorf("import: %w: not by a key of that tablet", ErrSignature)
	}
	v = device.Import{Device: dev, Name: origin.Name, Created: time.UnixMicro(c.header.GetCreatedUs()).UTC(), Signed: c.key != nil}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return v, origin, fmt.Errorf("import: %w", err)
	}
	sum := v
	_, err = read(file, func(d device.Delivery) error {
		_, part, err := r.judge(ctx, d, v, origin)
		sum.Rows, sum.New, sum.There = sum.Rows+part.Rows, sum.New+part.New, sum.There+part.There
		sum.Broken, sum.Late = sum.Broken+part.Broken, sum.Late+part.Late
		if !part.From.IsZero() && (sum.From.IsZero() || part.From.Before(sum.From)) {
			sum.From = part.From
		}
		if part.To.After(sum.To) {
			sum.To = part.To
		}
		return err
	})
	if err != nil {
		return v, origin, fmt.Errorf("import: %w", err)
	}
	return sum, origin, nil
}

// early is how far the clocks of a tablet and the cloud may be apart.
const early = 24 * time.Hour

// judge decides what becomes of a batch: what is here already is left out, and
// what may not count goes to quarantine.
func (r Receiver) judge(ctx context.Context, d device.Delivery, v device.Import, origin device.Origin) (out device.Delivery, part device.Import, err error) {
	part = device.Import{Rows: len(d.Rows) + len(d.Broken), Broken: len(d.Broken)}
	there, err := r.Store.Present(ctx, v.Device, d.Rows)
	if err != nil {
		return out, part, err
	}
	out.Broken = slices.Clone(d.Broken)
	if !v.Signed {
		for i := range out.Broken {
			out.Broken[i].Reason = device.ReasonUnsigned
		}
	}
	for i, row := range d.Rows {
		at := row.Clock.Cloud()
		if part.From.IsZero() || at.Before(part.From) {
			part.From = at
		}
		if at.After(part.To) {
			part.To = at
		}
		late := !origin.Revoked.IsZero() && (at.After(origin.Revoked) || at.Before(origin.Created.Add(-early)))
		switch {
		case there[i]:
			part.There++
		case !v.Signed:
			part.Broken++
			out.Broken = append(out.Broken, aside(row, device.ReasonUnsigned))
		case late:
			part.Late++
			out.Broken = append(out.Broken, aside(row, ReasonRevoked))
		default:
			part.New++
			out.Rows = append(out.Rows, row)
		}
	}
	return out, part, nil
}

func aside(row device.Row, reason string) device.Broken {
	body, err := proto.Marshal(wire.FromRow(row))
	if err != nil { // it was a message
		body = []byte(err.Error())
	}
	return device.Broken{Stream: row.Stream, Seq: row.Seq, Reason: reason, Body: body}
}
