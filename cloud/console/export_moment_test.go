package console_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/cloud/console"
	"muster/cloud/store"
	"muster/device"
	"muster/sync/wire"
)

// meddler lets something happen after the first page of punches was read.
type meddler struct {
	console.People
	once   *sync.Once
	meddle func()
}

func (m meddler) Punches(ctx context.Context, actor access.Actor, q attendance.LogQuery) ([]attendance.Entry, string, error) {
	page, next, err := m.People.Punches(ctx, actor, q)
	m.once.Do(m.meddle)
	return page, next, err
}

// A tablet's times are put right while its punches are taken away: each is in the
// file once, whichever way they move.
func TestExportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{"earlier": -9 * time.Hour, "later": 9 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.tablet(w.north.ID, "Gate")
			const punches = 700 // more than are read at once
			first := time.Now().Add(-72 * time.Hour).Truncate(time.Second)
			row := func(kind device.Kind, m proto.Message, trust attendance.Trust) device.Row {
				d.seq++
				since := time.Duration(d.seq) * time.Minute
				r := device.Row{
					Stream: d.stream, Seq: d.seq, ID: uuid.Must(uuid.NewV7()), Kind: kind, Payload: must(proto.Marshal(m))(t), Prev: d.last,
					Clock: attendance.ClockReading{Device: first.Add(since), Monotonic: since, BootID: "one", Trust: trust},
				}
				if trust == attendance.TrustEstimated {
					r.Clock.Offset = off
				}
				r.Hash = r.Sum()
				d.last = r.Hash
				return r
			}
			deliver := func(rows ...device.Row) {
				if _, err := w.store.Deliver(context.WithoutCancel(t.Context()), []device.Delivery{{Org: d.at.Org, Device: d.at.Device, Received: time.Now(), Rows: rows}}); err != nil {
					t.Error(err)
				}
			}
			anna := w.person("Anna", "Berg", w.north.ID)
			var rows []device.Row
			for range punches {
				rows = append(rows, row(device.KindPunch, &wire.PunchPayload{ProfileId: string(anna.ID), SiteId: string(w.north.ID), Direction: 1}, attendance.TrustNone))
			}
			deliver(rows...)
			moved := false
			once := new(sync.Once)
			meddle := func() {
				deliver(row(device.KindReader, &wire.ReaderPayload{State: "ready"}, attendance.TrustEstimated))
				all, _, err := w.store.Punches(context.WithoutCancel(t.Context()), w.admin.Actor(), attendance.LogQuery{Limit: 1})
				moved = err == nil && len(all) == 1 && !all[0].Punch.At.Equal(rows[punches-1].Clock.Device)
			}
			x := must(console.NewExporter(console.Config{
				People: w.store, Fleet: w.fleet, Tables: w.joined, Now: w.now,
				Still: func(ctx context.Context, f func(console.People) error) error {
					return w.store.Still(ctx, func(s *store.Store) error { return f(meddler{s, once, meddle}) })
				},
			}))(t)
			var file bytes.Buffer
			err := x.Export(t.Context(), w.admin.Actor(), access.Export{List: "punches", Format: "csv", Begin: func(string, string) access.Sink { return &file }})
			if err != nil {
				t.Fatal(err)
			}
			if !moved {
				t.Fatal("the times were not put right meanwhile")
			}
			lines := must(csv.NewReader(strings.NewReader(strings.TrimPrefix(file.String(), "\ufeff"))).ReadAll())(t)
			times := map[string]int{}
			for _, l := range lines[1:] {
				times[l[0]]++
			}
			if len(lines)-1 != punches || len(times) != punches {
				t.Errorf("%d lines with %d different times, want each of %d punches once", len(lines)-1, len(times), punches)
			}
		})
	}
}

// slowLine takes nothing until it may, and then perhaps breaks.
type slowLine struct {
	may    chan struct{}
	broken bool
	got    bytes.Buffer
}

var errLine = errors.New("the line is gone")

func (l *slowLine) Write(p []byte) (int, error) {
	<-l.may
	if l.broken {
		return 0, errLine
	}
	return l.got.Write(p)
}

// Whoever takes a list away over a slow line, or not at all, keeps nobody from the
// database: all of it is read before the first byte has left.
func TestExportWaitsForNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.tablet(w.north.ID, "Gate")
	anna := w.person("Anna", "Berg", w.north.ID)
	for i := range 5 {
		d.punch(anna, attendance.In, w.now().Add(-time.Duration(i+1)*time.Minute))
	}
	for _, broke := range []bool{false, true} {
		line := &slowLine{may: make(chan struct{}), broken: broke}
		x := must(console.NewExporter(console.Config{
			People: w.store, Fleet: w.fleet, Tables: flushing{w.joined}, Now: w.now,
			Still: func(_ context.Context, f func(console.People) error) error {
				defer close(line.may) // the moment is over before the line takes anything
				return f(w.store)
			},
		}))(t)
		err := x.Export(t.Context(), w.admin.Actor(), access.Export{List: "punches", Format: "csv", Begin: func(string, string) access.Sink { return line }})
		if broke && !errors.Is(err, errLine) || !broke && err != nil {
			t.Errorf("broken %v: %v", broke, err)
		}
		if n := strings.Count(line.got.String(), "Berg"); !broke && n != 5 {
			t.Errorf("%d lines have arrived: %s", n, line.got.String())
		}
	}
}

// flushing writes each line at once, as a long list would.
type flushing struct{ console.Tables }

func (f flushing) Open(to io.Writer, _, _, _ string, _ ...string) (console.Table, error) {
	return eachLine{to}, nil
}

type eachLine struct{ to io.Writer }

func (l eachLine) Cells(values ...any) error {
	for _, v := range values {
		if s, ok := v.(string); ok {
			if _, err := io.WriteString(l.to, s+","); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(l.to, "\n")
	return err
}

func (eachLine) Close() error { return nil }
