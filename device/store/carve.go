package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The sizes of SQLite's file format, https://sqlite.org/fileformat2.html. The
// page size is SQLite's own default, which every database of a tablet has.
const (
	pageSize    = 4096
	walHeader   = 32
	frameHeader = 24
	maxLocal    = (pageSize-12)*64/255 - 23 // of a cell of an index tree; a longer one goes on elsewhere
	minLocal    = (pageSize-12)*32/255 - 23
	slack       = 40      // zeros after a page, so that nothing has to look where it ends
	maxCell     = 1 << 20 // longer than any row that a tablet writes
)

// carver looks for records of the journal in the raw bytes of a database,
// whatever is left of it: neither headers nor trees nor the schema are needed.
// Each row carries a hash over all of itself, so that nothing that is found has
// to be believed; see ADR 11.
type carver struct {
	rows    map[place][]record // in the order they were found
	streams map[int64][][16]byte
}

// place is where a row belongs in the journal, with its stream by number.
type place struct{ stream, seq int64 }

// record is the values of a row: int64, string or []byte.
type record []any

func newCarver() *carver {
	return &carver{rows: map[place][]record{}, streams: map[int64][][16]byte{}}
}

// file looks through a database, or with begin and between through its
// write-ahead log, which has its pages with a header before each. Where a part
// of the file can't be read, the rest is.
func (c *carver) file(path string, begin, between int64) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("salvage: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("salvage: %w", err)
	}
	place := map[uint32]int64{} // of pages, by number
	for at := begin; at < info.Size(); at += between + pageSize {
		no := uint32((at-begin)/(between+pageSize)) + 1
		if between > 0 {
			var b [4]byte
			if _, err := f.ReadAt(b[:], at); err != nil {
				continue
			}
			no = binary.BigEndian.Uint32(b[:])
		}
		place[no] = at + between
	}
	page := make([]byte, pageSize+slack)
	next := func(no uint32) []byte {
		at, ok := place[no]
		if !ok {
			return nil
		}
		p := make([]byte, pageSize)
		if _, err := f.ReadAt(p, at); err != nil && !errors.Is(err, io.EOF) {
			return nil
		}
		return p
	}
	for at := begin + between; at < info.Size(); at += between + pageSize {
		n, err := f.ReadAt(page[:pageSize], at)
		if n == 0 && err != nil {
			continue // a bad sector
		}
		clear(page[n:])
		c.page(page, next)
	}
	return nil
}

// page looks for records at each byte of a page.
func (c *carver) page(page []byte, next func(uint32) []byte) {
	for at := range len(page) - slack {
		c.streamAt(page[at:])
		body := cell(page[at:], next)
		if body == nil {
			continue
		}
		if r, ok := readRecord(body, journalShape); ok {
			stream, _ := r[0].(int64)
			seq, _ := r[1].(int64)
			if stream > 0 && seq > 0 && len(c.rows[place{stream, seq}]) < maxVersions {
				c.rows[place{stream, seq}] = append(c.rows[place{stream, seq}], r)
			}
		}
	}
}

// maxVersions is how many copies of one row are looked at.
const maxVersions = 16

// streamAt takes note of the id of a stream, from its table (an empty column, the
// id, a number) or from its index (the id, its number).
func (c *carver) streamAt(b []byte) {
	if len(b) < slack {
		return
	}
	add := func(no int64, id []byte) {
		if no <= 0 || no > 1<<31 || id[6]>>4 != 7 || id[8]>>6 != 2 {
			return // not what uuid.NewV7 makes
		}
		for _, have := range c.streams[no] {
			if have == [16]byte(id) {
				return
			}
		}
		if len(c.streams[no]) < maxVersions {
			c.streams[no] = append(c.streams[no], [16]byte(id))
		}
	}
	// Length of the cell, number of the row, length of the header, NULL, 16 bytes, an integer.
	if no, n := varint(b[1:]); b[0] < 0x80 && n > 0 && n < 5 {
		h := b[1+n:]
		// Migrations add columns.
		if size := int(h[0]); size >= 4 && size <= 9 && h[1] == 0 && h[2] == 44 && len(h) >= size+16 {
			add(int64(no), h[size:size+16])
		}
	}
	// Length of the cell, length of the header, 16 bytes, an integer.
	if b[1] == 3 && b[2] == 44 && b[3] > 0 && b[3] <= 9 {
		if v, _, ok := integer(uint64(b[3]), b[20:]); ok {
			add(v, b[4:20])
		}
	}
}

// cell returns the record whose length the bytes begin with, nil where there is
// none that could be a row of the journal.
func cell(b []byte, next func(uint32) []byte) []byte {
	size, n := varint(b)
	if n == 0 || size < 130 || size > maxCell {
		return nil
	}
	b = b[n:]
	// The header's length, two numbers, and the id's type: enough to pass over nearly everything else.
	if len(b) < 16 || b[0] < 14 || b[0] > 20 || b[1] > 9 || b[2] > 9 || b[3] != 44 {
		return nil
	}
	local := int(size)
	if size > maxLocal {
		if local = minLocal + (int(size)-minLocal)%(pageSize-4); local > maxLocal {
			local = minLocal
		}
	}
	if local == int(size) {
		if len(b) < local {
			return nil
		}
		return b[:local]
	}
	if len(b) < local+4 {
		return nil
	}
	body := append([]byte(nil), b[:local]...)
	for no := binary.BigEndian.Uint32(b[local:]); len(body) < int(size); {
		page := next(no)
		if page == nil {
			return nil
		}
		no = binary.BigEndian.Uint32(page)
		body = append(body, page[4:min(pageSize, 4+int(size)-len(body))]...)
	}
	return body
}

// The shape of a row of the journal: its columns in their order.
const journalShape = "iibtbiitiiibb"

// readRecord takes a record apart whose columns are of the given types: integer,
// text or blob.
func readRecord(b []byte, shape string) (record, bool) {
	head, n := varint(b)
	if n == 0 || head > uint64(len(b)) {
		return nil, false
	}
	types, values := b[n:head], b[head:]
	r := make(record, 0, len(shape))
	for _, want := range shape {
		t, n := varint(types)
		if n == 0 {
			return nil, false
		}
		types = types[n:]
		switch {
		case want == 'i':
			v, size, ok := integer(t, values)
			if !ok {
				return nil, false
			}
			r, values = append(r, v), values[size:]
		case t < 12 || (t%2 == 1) != (want == 't') || (t-12)/2 > uint64(len(values)):
			return nil, false
		default:
			v := values[:(t-12)/2]
			values = values[(t-12)/2:]
			if want == 't' {
				r = append(r, string(v))
			} else {
				r = append(r, append([]byte{}, v...))
			}
		}
	}
	return r, len(types) == 0 && len(values) == 0
}

// integer reads a number of a type of SQLite's.
func integer(t uint64, b []byte) (v int64, size int, ok bool) {
	switch {
	case t == 8 || t == 9:
		return int64(t - 8), 0, true
	case t < 1 || t > 6:
		return 0, 0, false
	}
	size = [...]int{0, 1, 2, 3, 4, 6, 8}[t]
	if len(b) < size {
		return 0, 0, false
	}
	v = int64(int8(b[0]))
	for _, x := range b[1:size] {
		v = v<<8 | int64(x)
	}
	return v, size, true
}

// varint reads a number as SQLite writes it, of up to nine bytes; n is 0 where
// there is none.
func varint(b []byte) (v uint64, n int) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
