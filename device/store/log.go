package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"muster/device"
)

// lookBefore looks at the files before SQLite does, which passes over a
// write-ahead log that it can't read as if it had never been, and deletes it in
// the end. What people saw confirmed may be in nothing else.
func lookBefore(files dbFiles) error {
	path := files.db
	noted, _ := readNote(files.note) // before the log, which may grow meanwhile
	log, err := readLog(files.log)
	if err != nil {
		return err
	}
	if noted.contradicts(log) {
		return fmt.Errorf("%w: %s is not what was written", device.ErrStorageDamaged, files.log)
	}
	head := make([]byte, 18)
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(f, head)
	if err := errors.Join(f.Close()); err != nil {
		return err
	}
	sane := err == nil && string(head[:16]) == "SQLite format 3\x00" && binary.BigEndian.Uint16(head[16:]) == pageSize
	if !sane && !log.begins { // else a checkpoint was cut off, and the log has the page
		return fmt.Errorf("%w: %s doesn't begin as a database", device.ErrStorageDamaged, path)
	}
	if len(log.doubtful) == 0 {
		return nil
	}
	return compare(files, log)
}

// compare looks into a log of which the end can't be read for rows that are
// nowhere else. That somebody was told of them can't be ruled out, so nothing may
// pass over them: the store counts as damaged, and they are salvaged.
func compare(files dbFiles, log logState) error {
	all, err := openPages(files.db, files.log)
	if err != nil {
		return err
	}
	defer all.Close() //nolint:errcheck // it is only read
	second, _ := loadSpare(files.spare)
	c := newCarver(all, second.Streams)
	damaged := fmt.Errorf("%w: %s is broken, and has rows that are nowhere else", device.ErrStorageDamaged, files.log)
	if log.live(all) { // what can't be read was on the disk: even a row that is changed counts
		inFile := c.rowsOf(all.where(func(p pageAt) bool { return !p.log }))
		for p := range c.rowsOf(all.where(func(p pageAt) bool { return p.log })) {
			if _, there := inFile[p]; !there {
				return damaged
			}
		}
	}
	// The one transaction at the end may never have come about. A row that is changed
	// is then one that was being written; a whole one is taken for what it says.
	newest := place{}
	for p, v := range c.rowsOf(all.where(func(p pageAt) bool { return !p.log || p.at < log.end })) {
		if len(v.whole) > 0 && newest.before(p) {
			newest = p
		}
	}
	for p, v := range c.rowsOf(all.where(func(p pageAt) bool { return p.log && log.doubtful[p.at] })) {
		if len(v.whole) > 0 && newest.before(p) {
			return damaged
		}
	}
	return nil
}

// live tells whether transactions follow on one that can't be read, which are not
// in the database. They are, all of them, where a log was begun anew and the power
// went: its first pages are then of both the old one and the new.
func (s logState) live(all *pages) bool {
	inFile, newest := map[uint32]pageAt{}, map[uint32]pageAt{}
	for no, versions := range all.byNo {
		for _, p := range versions {
			switch {
			case !p.log:
				inFile[no] = p
			case s.after[p.at]:
				newest[no] = p
			}
		}
	}
	a, b := make([]byte, pageSize+slack), make([]byte, pageSize+slack)
	for no, p := range newest {
		old, there := inFile[no]
		if !there || !p.read(a) || !old.read(b) || !bytes.Equal(a, b) {
			return true
		}
	}
	return false
}

func (p place) before(q place) bool {
	return p.stream < q.stream || p.stream == q.stream && p.seq < q.seq
}

// logState is what a write-ahead log looks like.
type logState struct {
	salts    string         // of the log, empty where it doesn't begin as one
	begins   bool           // what can be read of it has the database's first page
	after    map[int64]bool // pages of transactions that follow on what can't be read, by where they are
	end      int64          // of the last transaction that can be read
	doubtful map[int64]bool // pages behind it that may have been committed, by where they are
}

// pages returns how many pages of transactions can be read.
func (s logState) pages() int64 { return max(0, s.end-walHeader) / (frameHeader + pageSize) }

// readLog checks the log as SQLite does: each frame has the salts of the header
// and a sum over everything before it. The frames of one transaction, the last
// one, may be missing or torn, for nobody was told that it is stored; but frames
// that follow a commit were written after that one was on the disk.
//
// That the last transaction was torn when the power went, and that it was whole
// and a disk has spoiled it since, can look the same: then it is doubtful. It is
// not where the log just ends, or goes on with what an earlier one has left: then
// a program was killed, or a disk was full, in the middle.
func readLog(path string) (s logState, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	head := make([]byte, walHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return s, nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if binary.BigEndian.Uint32(head)&1 == 1 {
		order = binary.BigEndian
	}
	sum := [2]uint32{}
	addSum(&sum, order, head[:24])
	good := binary.BigEndian.Uint32(head)&^1 == 0x377f0682 && sum == sumAt(head[24:])
	salts := string(head[16:24])
	if !good {
		salts = ""
	}
	s.salts = salts
	frame := make([]byte, frameHeader+pageSize)
	first, committed, torn := false, false, false
	var open []int64 // pages that can be read, of a transaction without its end
	s.doubtful, s.after = map[int64]bool{}, map[int64]bool{}
	before := sumAt(head[24:]) // of the frame before, as it says
	for at := int64(walHeader + frameHeader); ; at += frameHeader + pageSize {
		n, err := io.ReadFull(f, frame)
		if err != nil && n < frameHeader {
			break
		}
		if salts == "" {
			salts = string(frame[8:16])
		}
		commits := binary.BigEndian.Uint32(frame[4:]) != 0
		if good && string(frame[8:16]) == salts && err == nil {
			addSum(&sum, order, frame[:8])
			addSum(&sum, order, frame[frameHeader:])
			if good = sum == sumAt(frame[16:]); good {
				first = first || binary.BigEndian.Uint32(frame) == 1
				s.begins = s.begins || first && commits
				before = sum
				if open = append(open, at); commits {
					open, s.end = nil, at+pageSize
				}
				continue
			}
		}
		good = false
		own := before
		addSum(&own, order, frame[:8])
		addSum(&own, order, frame[frameHeader:])
		before = sumAt(frame[16:])
		if err != nil {
			continue
		}
		s.doubtful[at] = true // one of an earlier log has nothing new
		torn = torn || !earlier(frame[8:16], salts)
		if string(frame[8:16]) == salts {
			s.after[at] = committed && own == before
			committed = committed || commits
		}
	}
	if torn {
		for _, at := range open {
			s.doubtful[at] = true
		}
	}
	return s, nil
}

// earlier tells whether a frame's salts are those of an earlier log in the same
// file, of which everything is in the database: the first counts the logs, the
// second is another at random in each.
func earlier(salts []byte, now string) bool {
	const many = 1 << 20
	since := binary.BigEndian.Uint32([]byte(now)) - binary.BigEndian.Uint32(salts)
	return since > 0 && since < many && string(salts[4:]) != now[4:]
}

func addSum(sum *[2]uint32, order binary.ByteOrder, b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		sum[0] += order.Uint32(b) + sum[1]
		sum[1] += order.Uint32(b[4:]) + sum[0]
	}
}

func sumAt(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}
