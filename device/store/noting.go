package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/google/uuid"

	"muster/device"
)

// notary keeps the note beside a store that is open.
type notary struct {
	mu     sync.Mutex
	dir    string
	now    note // as it was written last
	safe   bool // so is that this log is in use
	file   noteWriter
	shared []*os.File // of the log's index; closed after SQLite has, whose locks on it would go with ours
}

// noteWriter is the file that notes are written to.
type noteWriter interface {
	WriteAt(b []byte, at int64) (int, error)
	Sync() error
	Close() error
}

// openNote opens the file of notes, and makes it where there is none. Tests see
// what is written by it.
var openNote = func(path string) (noteWriter, error) {
	_, err := os.Stat(path)
	f, failed := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if failed != nil {
		return nil, failed
	}
	if errors.Is(err, fs.ErrNotExist) {
		return f, errors.Join(f.Sync(), syncFolder(filepath.Dir(path)))
	}
	return f, nil
}

// begin takes over what was noted before.
func (k *notary) begin(dir string) {
	k.dir = dir
	k.now, _ = readNote(filepath.Join(dir, noteFile))
	k.safe = false // which of the two it was is not known
}

// head says which row is the newest.
func (k *notary) head(stream uuid.UUID, seq uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now.Stream != stream {
		k.now.Stream, k.now.Seq = stream, seq
	}
	k.now.Seq = max(k.now.Seq, seq)
}

// committed notes how far the log goes, after a commit. That it can't is no reason
// to refuse what is on the disk: the next commit tries again.
func (k *notary) committed() {
	if k.dir == "" {
		return // a store that is being made, which nobody has yet
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	salts, pages, err := k.log()
	if err != nil {
		return
	}
	k.safe = k.safe && k.now.Open == 1 && k.now.Salts == salts
	k.now.Open, k.now.Salts, k.now.Pages = 1, salts, pages
	if k.safe {
		_ = k.write(latestNote)
		return
	}
	if k.write(safeNote) == nil {
		k.safe = k.file.Sync() == nil
	}
}

// closed notes that the database has everything.
func (k *notary) closed() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now.Open == 0 {
		return nil
	}
	k.now.Open = 0
	// Both, for the first is the one that a new log is noted in.
	if err := errors.Join(k.write(latestNote), k.write(safeNote)); err != nil {
		return err
	}
	return k.file.Sync()
}

// write writes the note to one of its places.
func (k *notary) write(at int64) error {
	if k.file == nil {
		f, err := openNote(filepath.Join(k.dir, noteFile))
		if err != nil {
			return err
		}
		k.file = f
	}
	k.now.Count++
	_, err := k.file.WriteAt(k.now.encode(), at)
	return err
}

// log returns which write-ahead log there is and how many pages of it are
// committed, from the log's index, https://sqlite.org/walformat.html: the log
// itself has more than that where a transaction was refused. Where the index says
// nothing of use, at least one page is.
func (k *notary) log() (salts [8]byte, pages uint32, err error) {
	head := make([]byte, walHeader)
	f, err := os.Open(filepath.Join(k.dir, database+"-wal")) // SQLite has no locks on it
	if err != nil {
		return salts, 0, err
	}
	_, err = f.ReadAt(head, 0)
	if err := errors.Join(err, f.Close()); err != nil {
		return salts, 0, err
	}
	copy(salts[:], head[16:24])
	const size, mxFrame, aSalt = 48, 16, 32
	index := make([]byte, 2*size)
	for range 100 {
		shared, err := k.index()
		if err != nil {
			break
		}
		if _, err := shared.ReadAt(index, 0); err != nil {
			break
		}
		if string(index[:size]) != string(index[size:]) {
			continue // somebody is writing it
		}
		if string(index[aSalt:aSalt+8]) == string(salts[:]) {
			if n := binary.NativeEndian.Uint32(index[mxFrame:]); n > 0 {
				return salts, n, nil
			}
		}
		break
	}
	return salts, 1, nil
}

// index returns the file of the log's index that SQLite has open now.
func (k *notary) index() (*os.File, error) {
	path := filepath.Join(k.dir, database+"-shm")
	now, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if n := len(k.shared); n > 0 {
		have, err := k.shared[n-1].Stat()
		if err == nil && os.SameFile(have, now) {
			return k.shared[n-1], nil
		}
	}
	f, err := os.Open(path)
	if err == nil {
		k.shared = append(k.shared, f)
	}
	return f, err
}

// end closes the files. gone tells whether SQLite has taken the log away, as it does
// when it has brought everything into the database.
func (k *notary) end() error {
	var err error
	if _, gone := os.Stat(filepath.Join(k.dir, database+"-wal")); k.dir != "" && errors.Is(gone, fs.ErrNotExist) {
		err = k.closed()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	for _, f := range k.shared {
		err = errors.Join(err, f.Close())
	}
	k.file, k.shared = nil, nil
	return err
}

// settleLog brings the log into the database and notes it, before SQLite deletes
// the log.
func (s *Store) settleLog(ctx context.Context) error {
	var busy, all, done int
	if err := s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &all, &done); err != nil {
		return nil //nolint:nilerr // then SQLite leaves the log where it is, too
	}
	if busy != 0 || all != done {
		return nil
	}
	return s.notary.closed()
}

// noteHead reads which row is the newest.
func (s *Store) noteHead(ctx context.Context) error {
	newest, err := s.Head(context.WithoutCancel(ctx))
	if errors.Is(err, device.ErrNoStream) {
		return nil
	}
	if err == nil {
		s.notary.head(newest.Stream, newest.Seq)
	}
	return err
}

// compareNote finds out whether the newest row that was noted is there.
func compareNote(ctx context.Context, db *sql.DB, n note) error {
	if n.Stream == uuid.Nil {
		return nil
	}
	var no, newest, seq int64
	err := db.QueryRowContext(ctx, `SELECT coalesce((SELECT no FROM streams WHERE id = ?1), 0), coalesce((SELECT max(no) FROM streams), 0),
		coalesce((SELECT max(seq) FROM journal WHERE stream = (SELECT no FROM streams WHERE id = ?1)), 0)`, n.Stream[:]).Scan(&no, &newest, &seq)
	if err != nil {
		return err
	}
	if no == 0 || no == newest && uint64(seq) < n.Seq { //nolint:gosec // it went in as one
		return fmt.Errorf("%w: row %d of stream %s was written, and is not there", device.ErrStorageDamaged, n.Seq, n.Stream)
	}
	return nil
}
