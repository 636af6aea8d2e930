package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"muster/device"
)

// lookBefore looks at the files before SQLite does, which passes over a
// write-ahead log that it can't read as if it had never been, and deletes it in
// the end. What people saw confirmed may be in nothing else.
func lookBefore(path string) error {
	log, err := readLog(path + "-wal")
	if err != nil {
		return err
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
	if !log.broken {
		return nil
	}
	// A log may end in what was never confirmed. Rows that are nowhere else tell.
	all, err := openPages(path, path+"-wal")
	if err != nil {
		return err
	}
	defer all.Close() //nolint:errcheck // it is only read
	second, _ := loadSpare(filepath.Join(filepath.Dir(path), spareFile))
	c := carve(all, second.Streams)
	inFile, inLog := c.rowsOf(all.where(func(p pageAt) bool { return !p.log })), c.rowsOf(all.where(func(p pageAt) bool { return p.log }))
	for p := range inLog {
		if _, there := inFile[p]; !there {
			return fmt.Errorf("%w: %s-wal is broken, and has rows that are nowhere else", device.ErrStorageDamaged, path)
		}
	}
	return nil
}

// logState is what a write-ahead log looks like.
type logState struct {
	begins bool // what can be read of it has the database's first page
	broken bool // transactions that were synced can't be read
}

// readLog checks the log as SQLite does: each frame has the salts of the header
// and a sum over everything before it. The frames of one transaction, the last
// one, may be missing or torn, for nobody was told that it is stored; but frames
// that follow a commit were written after that one was on the disk.
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
	if n, err := io.ReadFull(f, head); err != nil {
		s.broken = n > 0
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
	frame := make([]byte, frameHeader+pageSize)
	first, committed := false, false
	for {
		n, err := io.ReadFull(f, frame)
		if err != nil && n < frameHeader {
			return s, nil
		}
		mine := salts == "" || string(frame[8:16]) == salts
		commits := binary.BigEndian.Uint32(frame[4:]) != 0
		if good && mine && err == nil {
			addSum(&sum, order, frame[:8])
			addSum(&sum, order, frame[frameHeader:])
			if good = sum == sumAt(frame[16:]); good {
				first = first || binary.BigEndian.Uint32(frame) == 1
				s.begins = s.begins || first && commits
				continue
			}
		}
		good = false
		if !mine {
			continue // of an earlier log, which is in the database
		}
		if salts == "" {
			salts = string(frame[8:16])
		}
		s.broken = s.broken || committed
		committed = committed || commits
	}
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
