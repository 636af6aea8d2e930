package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"slices"

	"github.com/google/uuid"

	"muster/device"
)

// noteFile tells, beside the database and its write-ahead log, what was committed:
// of which log, how many pages of it, and the newest row of the journal. A log that
// has vanished, ends early or is another one can be told by it.
//
// It is written after the commit that it speaks of, so whatever of it the disk
// holds after a power cut is true. It has two copies, in sectors of their own: the
// first is made safe whenever a log begins and when the store is closed; the second
// follows each commit and is left to the system to write down.
const noteFile = "tablet.note"

// note is what is known to have been committed.
type note struct {
	Count  uint64 // of notes; the highest is the newest
	Open   uint8  // 1: something may be in the log only; 0: the database has everything
	Salts  [8]byte
	Pages  uint32 // of that log
	Stream uuid.UUID
	Seq    uint64 // of the newest row of that stream, which was the current one
}

// A file has two notes, each in a sector of its own.
const (
	safeNote   = 0
	latestNote = 4096
	noteMagic  = "muster note 1\n"
)

// encode returns the note with a check sum.
func (n note) encode() []byte {
	var b bytes.Buffer
	b.WriteString(noteMagic)
	_ = binary.Write(&b, binary.BigEndian, n) // of fixed size, into memory
	return binary.BigEndian.AppendUint32(b.Bytes(), crc32.ChecksumIEEE(b.Bytes()))
}

func decodeNote(b []byte) (n note, ok bool) {
	size := len(noteMagic) + binary.Size(n)
	if len(b) < size+4 || string(b[:len(noteMagic)]) != noteMagic || crc32.ChecksumIEEE(b[:size]) != binary.BigEndian.Uint32(b[size:]) {
		return n, false
	}
	err := binary.Read(bytes.NewReader(b[len(noteMagic):size]), binary.BigEndian, &n)
	return n, err == nil
}

// readNote returns the newest note that can be read; ok is false where there is none.
func readNote(path string) (n note, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return n, false
	}
	defer f.Close() //nolint:errcheck // it is only read
	b := make([]byte, 512)
	for _, at := range []int64{safeNote, latestNote} {
		got, err := f.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			continue
		}
		if one, whole := decodeNote(b[:got]); whole && (!ok || one.Count > n.Count) {
			n, ok = one, true
		}
	}
	return n, ok
}

// contradicts tells whether a log can't be what is left of the one that was noted:
// it is gone, or shorter, or another one that didn't follow on it. A log begins anew
// only when the database has all of the one before.
func (n note) contradicts(log logState) bool {
	switch {
	case n.Open == 0:
		return false
	case log.salts == "":
		return true
	case log.salts == string(n.Salts[:]):
		return log.pages() < int64(n.Pages)
	default:
		return !earlier(n.Salts[:], log.salts)
	}
}

// missing adds to a report the rows that were written, as was noted, and not found.
func (n note) missing(v *device.Salvage) {
	if n.Stream == uuid.Nil || n.Seq == 0 {
		return
	}
	at := slices.IndexFunc(v.Streams, func(s device.SalvagedStream) bool { return s.Stream == n.Stream })
	if at < 0 {
		at, v.Streams = len(v.Streams), append(v.Streams, device.SalvagedStream{Stream: n.Stream})
	}
	if s := &v.Streams[at]; s.Last < n.Seq {
		s.Missing = append(s.Missing, device.Span{From: s.Last + 1, To: n.Seq})
	}
}
