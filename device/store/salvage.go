package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"muster/device"
)

// Salvage saves what can be read of a damaged store: it takes every row of the
// journal out of the raw bytes, makes a new store of them, and puts the damaged
// files aside under dated names. Where the tablet's identity and keys are still
// sound it goes on as the tablet that it was, with a new stream; otherwise it
// has to be activated again, and the rows are kept for an export.
//
// A row counts only if its own hash says that it is what was written. One that
// can be read and is not is kept apart, and told as what it is. Nothing is
// changed in the damaged files. A power cut at any moment leaves either the old
// files or the new store. Open must have failed with device.ErrStorageDamaged.
func Salvage(ctx context.Context, dir string, now time.Time) (report device.Salvage, err error) {
	lock, err := takeLock(filepath.Join(dir, lockFile))
	if err != nil {
		return report, fmt.Errorf("salvage: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := finishSalvage(dir, now); err != nil {
		return report, fmt.Errorf("salvage: %w", storageError(err))
	}
	files := filesOf(filepath.Join(dir, database))
	if report, done, err := goOn(ctx, files); done || err != nil {
		return report, wrap("salvage", err)
	}
	f, err := findAll(ctx, files)
	if err != nil {
		return report, fmt.Errorf("salvage: %w", storageError(err))
	}
	report = f.report()
	if err := rebuild(ctx, dir, f, report); err != nil {
		return report, fmt.Errorf("salvage: %w", storageError(err))
	}
	if err := finishSalvage(dir, now); err != nil {
		return report, fmt.Errorf("salvage: %w", storageError(err))
	}
	return report, nil
}

// finds is what a damaged store still holds.
type finds struct {
	noted   note
	state   spare
	same    bool
	streams []int64 // in order
	ids     map[int64]uuid.UUID
	good    map[int64][]device.Row // by stream, in order
	damaged map[int64][]device.Row
	doubt   map[int64][]device.Row // whole, and another counts in its place
}

func findAll(ctx context.Context, files dbFiles) (*finds, error) {
	f := &finds{ids: map[int64]uuid.UUID{}, good: map[int64][]device.Row{}, damaged: map[int64][]device.Row{}, doubt: map[int64][]device.Row{}}
	f.noted, _ = readNote(files.note)
	second, whole := loadSpare(files.spare)
	if whole && second.sound() {
		f.state, f.same = second, true
	} else if first := readState(ctx, files); first.sound() {
		f.state, f.same = first, true
	} else if whole {
		f.state = second
	}
	all, err := openPages(files.db, files.log)
	if err != nil {
		return nil, err
	}
	defer all.Close() //nolint:errcheck // it is only read
	log, err := readLog(files.log)
	if err != nil {
		log = logState{} // as far as it can be read, it has been looked at
	}
	all.committedLast(log.end)
	c := newCarver(all, second.Streams)
	rows := c.rowsOf(all)
	f.sort(c.streams, rows)
	f.rivals(rows, func() map[place]*versions {
		return c.rowsOf(all.where(func(p pageAt) bool { return p.rank(log.end) > 0 }))
	})
	return f, nil
}

// readState reads what can be read of the state in the ordinary way, from copies
// of the files, for reading them may change them.
func readState(ctx context.Context, files dbFiles) (v spare) {
	temp, err := os.MkdirTemp(filepath.Dir(files.db), "salvage-*")
	if err != nil {
		return v
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the next one has another name
	for to, from := range map[string]string{database: files.db, database + "-wal": files.log} {
		if err := copyFile(filepath.Join(temp, to), from); err != nil {
			return v
		}
	}
	db, err := connect(filepath.Join(temp, database), "", 1)
	if err != nil {
		return v
	}
	defer db.Close()                              //nolint:errcheck // it is only read
	_ = readSpareFrom(ctx, &Store{write: db}, &v) // what can't be read stays empty
	return v
}

// copyFile copies a file, if it is there.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it is only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// sort gives each place of the journal its row. ids are those of the streams.
func (f *finds) sort(ids map[int64][]uuid.UUID, rows map[place]*versions) {
	places := slices.SortedFunc(maps.Keys(rows), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(b.seq, a.seq)) // seq downwards
	})
	taken := map[uuid.UUID]int64{} // the newest stream that has a row of this id
	good := map[place]device.Row{}
	for _, p := range places {
		// Of several that are whole the one counts that the row after it names; else
		// the newest that was committed, which was found last.
		after, linked := good[place{p.stream, p.seq + 1}]
		for _, row := range slices.Backward(rows[p].whole) {
			if have, there := good[p]; !there || linked && have.Hash != after.Prev && row.Hash == after.Prev {
				good[p] = row
			}
		}
		if row, ok := good[p]; ok {
			f.ids[p.stream] = row.Stream
			taken[row.ID] = max(taken[row.ID], p.stream)
		}
	}
	for _, p := range slices.Backward(places) {
		row, ok := good[p]
		switch {
		case ok && taken[row.ID] == p.stream: // else it was moved into a later stream
			f.good[p.stream] = append(f.good[p.stream], row)
		case !ok:
			if id, known := f.id(p.stream, ids); known && plausibleSeq(p, good) {
				f.damaged[p.stream] = append(f.damaged[p.stream], toRow(rows[p].changed, id))
			}
		}
	}
	for no := range ids {
		f.id(no, ids)
	}
	f.streams = slices.Sorted(maps.Keys(f.ids))
}

// plausibleSeq tells whether a damaged row can be where it says: the number of
// one whose number is damaged would be taken for that of another row.
func plausibleSeq(p place, good map[place]device.Row) bool {
	const near = 10_000
	if p.seq <= near {
		return true
	}
	for q := range good {
		if q.stream == p.stream && q.seq < p.seq && p.seq-q.seq <= near {
			return true
		}
	}
	return false
}

// id returns the stream of a number.
func (f *finds) id(no int64, ids map[int64][]uuid.UUID) (uuid.UUID, bool) {
	if id, ok := f.ids[no]; ok {
		return id, true
	}
	if len(ids[no]) == 0 {
		return uuid.UUID{}, false
	}
	f.ids[no] = ids[no][0]
	return ids[no][0], true
}

func (f *finds) report() device.Salvage {
	v := device.Salvage{Same: f.same}
	for _, no := range f.streams {
		s := device.SalvagedStream{Stream: f.ids[no], Found: len(f.good[no]), Damaged: len(f.damaged[no])}
		for i, row := range f.good[no] {
			if i == 0 {
				s.First = row.Seq
			} else if row.Seq > s.Last+1 {
				s.Missing = append(s.Missing, device.Span{From: s.Last + 1, To: row.Seq - 1})
			}
			s.Last = row.Seq
		}
		v.Streams = append(v.Streams, s)
	}
	if f.same {
		for _, no := range f.streams {
			if !slices.Contains(f.state.Held, no) {
				v.Doubtful = append(v.Doubtful, f.doubt[no]...)
			}
		}
	}
	f.noted.missing(&v)
	return v
}
