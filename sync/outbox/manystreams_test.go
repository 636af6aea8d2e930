package outbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/device"
	"muster/sync/outbox"
	"muster/sync/wire"
)

// scarred is a journal in many streams, because the memory was damaged often.
type scarred struct {
	*shelf
	old  int
	gaps uint64 // in each of the old streams
}

func (s scarred) Standing(ctx context.Context) ([]device.Standing, error) {
	var all []device.Standing
	for i := range s.old {
		all = append(all, device.Standing{Stream: uuid.UUID{3, byte(i)}, Oldest: 1})
	}
	current, err := s.shelf.Standing(ctx)
	return append(all, current...), err
}

func (s scarred) Behind(context.Context, uuid.UUID) (here, gone []device.Span, err error) {
	var all []device.Span
	for n := range s.gaps {
		all = append(all, device.Span{From: 2*n + 2, To: 2*n + 2})
	}
	return all, nil, nil
}

// However many streams there are and however many gaps in them: the cloud is told
// of all, and in each message of the stream that is current. It might else be one
// that was restored from a backup, and never ask again for what it lost.
func TestAsksAboutManyStreams(t *testing.T) {
	t.Parallel()
	disk := scarred{&shelf{confirmed: map[uint64]bool{}}, 20, 1300}
	disk.add(10)
	told, spans := map[uuid.UUID]bool{}, map[uuid.UUID]int{}
	box := outbox.New(disk, outbox.DefaultLimits, stream, 1, func(b []byte) error {
		d := wire.UnpackBatch(b)
		current := false
		for _, s := range d.Standing {
			told[s.Stream] = true
			spans[s.Stream] += len(s.Behind)
			current = current || s.Stream == stream
		}
		if len(d.Broken) > 0 || !current {
			t.Errorf("a message of %d bytes tells of %d streams; of the current one: %v", len(b), len(d.Standing), current)
		}
		return nil
	})
	if err := box.Send(t.Context(), 1, time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 21 || spans[uuid.UUID{3, 7}] != 1300 {
		t.Errorf("the cloud hears of %d streams of 21; of gaps: %v", len(told), spans)
	}
}

// left is a journal whose tablet has left streams in which it had pruned rows.
type left struct{ *shelf }

func (left) Bygone(context.Context) ([]device.Standing, error) {
	var all []device.Standing
	for i := range 9 {
		all = append(all, device.Standing{Stream: uuid.UUID{4, byte(i)}, Through: 7, Oldest: 8, Last: 7, Before: device.Hash{1}})
	}
	return all, nil
}

// Of streams that were left the cloud is told when it is asked, and not with each row: it
// looks at all that it is told.
func TestAsksAboutStreamsThatWereLeft(t *testing.T) {
	t.Parallel()
	disk := left{&shelf{confirmed: map[uint64]bool{}}}
	disk.add(10)
	told := map[uuid.UUID]device.Standing{}
	box := outbox.New(disk, outbox.DefaultLimits, stream, 1, func(b []byte) error {
		d := wire.UnpackBatch(b)
		if len(d.Standing) == 0 || d.Standing[0].Stream != stream || len(d.Rows) > 0 && len(d.Standing) > 1 {
			t.Errorf("a message with %d rows tells of %+v", len(d.Rows), d.Standing)
		}
		for _, s := range d.Standing {
			told[s.Stream] = s
		}
		return nil
	})
	if err := box.Send(t.Context(), 1, time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	if s := told[uuid.UUID{4, 8}]; len(told) != 10 || s.Through != 7 || s.Oldest != 8 || s.Before != (device.Hash{1}) {
		t.Errorf("the cloud hears of %d streams of 10; of the last one %+v", len(told), s)
	}
}
