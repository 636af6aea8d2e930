package store

import (
	"slices"

	"github.com/google/uuid"

	"muster/device"
)

// carver looks for records of the journal in the raw bytes of a database,
// whatever is left of it: neither headers nor trees nor the schema are needed.
// Each row carries a hash over all of itself, so that nothing that is found has
// to be believed; see ADR 11.
type carver struct {
	streams map[int64][]uuid.UUID // ids that were found for a stream's number
	rows    map[place]*versions   // what rowsOf finds
	pages   *pages                // all that there are, for rows that go on in other pages
}

// place is where a row belongs in the journal, with its stream by number.
type place struct{ stream, seq int64 }

// versions is what was found of one row.
type versions struct {
	whole   []device.Row // each once, what its hash vouches for; what was found last is at the end
	changed record       // what was found last that no hash vouches for
}

// newCarver looks through pages for the ids of streams: without them no row's hash
// can be checked. known are ids that are known already.
func newCarver(all *pages, known map[int64]uuid.UUID) *carver {
	c := &carver{streams: map[int64][]uuid.UUID{}, pages: all}
	for no, id := range known {
		c.streams[no] = []uuid.UUID{id}
	}
	all.each(func(page []byte) {
		for at := range pageSize {
			c.streamAt(page[at:])
		}
	})
	return c
}

// rowsOf looks for rows at each byte of all the pages or some of them.
func (c *carver) rowsOf(some *pages) map[place]*versions {
	c.rows = map[place]*versions{}
	some.each(func(page []byte) {
		for at := range pageSize {
			c.cellAt(page[at:])
			c.remainderAt(page[at:])
		}
	})
	return c.rows
}

// cellAt takes the row whose length stands here, if there is one.
func (c *carver) cellAt(b []byte) {
	size, n := varint(b)
	if n == 0 || size < minCell || size > maxCell {
		return
	}
	b = b[n:]
	// The header's length, two numbers, and the id's type: enough to pass over nearly everything else.
	if len(b) < 16 || b[0] < 14 || b[0] > 20 || b[1] > 9 || b[2] > 9 || b[3] != idType {
		return
	}
	c.pages.join(b, int(size), 0, func(body []byte) bool {
		head := int(body[0])
		if head > len(body) {
			return false
		}
		r, ok := readRecord(body[1:head], body[head:], journalShape)
		return ok && c.take(r)
	})
}

// remainderAt takes the row whose header goes on here with the type of its number,
// if there is one. What stood before is gone where SQLite has moved the row to
// another page: the list of a page's free places is kept in their first four bytes.
func (c *carver) remainderAt(b []byte) {
	const lost = 2 // of the record: the header's length and the type of the stream's number
	if b[0] < 1 || b[0] > 9 || b[1] != idType {
		return
	}
	n, size, ok := measure(b, journalShape[1:])
	if !ok {
		return
	}
	for _, of := range []byte{9, 1, 2, 3, 4} { // 1 is its own type, other numbers have one by their length
		taken := false
		c.pages.join(b, lost+n+int(of%9)+size, lost, func(body []byte) bool {
			r, ok := readRecord(append([]byte{of}, body[:n]...), body[n:], journalShape)
			taken = ok && c.takeWhole(r)
			return taken
		})
		if taken {
			return
		}
	}
}

// take takes a record that may be a row, and tells whether it is a whole one.
func (c *carver) take(r record) bool {
	if c.takeWhole(r) {
		return true
	}
	if p := r.place(); p.stream > 0 && p.seq > 0 {
		c.at(p).changed = r
	}
	return false
}

// takeWhole takes a record if its hash says that it is a row as it was written.
func (c *carver) takeWhole(r record) bool {
	p := r.place()
	if p.stream <= 0 || p.seq <= 0 || !r.measured() {
		return false
	}
	for _, id := range c.streams[p.stream] {
		row := toRow(r, id)
		if row.Sum() != row.Hash {
			continue
		}
		v := c.at(p)
		v.whole = append(slices.DeleteFunc(v.whole, func(have device.Row) bool { return have.Hash == row.Hash }), row)
		return true
	}
	return false
}

func (c *carver) at(p place) *versions {
	v := c.rows[p]
	if v == nil {
		v = &versions{}
		c.rows[p] = v
	}
	return v
}

// maxStreams is how many ids are kept for one number.
const maxStreams = 16

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
		if have := c.streams[no]; len(have) < maxStreams && !slices.Contains(have, uuid.UUID(id)) {
			c.streams[no] = append(have, uuid.UUID(id))
		}
	}
	// Length of the cell, number of the row, length of the header, NULL, 16 bytes, an integer.
	if no, n := varint(b[1:]); b[0] < 0x80 && n > 0 && n < 5 {
		h := b[1+n:]
		// Migrations add columns.
		if size := int(h[0]); size >= 4 && size <= 9 && h[1] == 0 && h[2] == idType && len(h) >= size+16 {
			add(int64(no), h[size:size+16])
		}
	}
	// Length of the cell, length of the header, 16 bytes, an integer.
	if b[1] == 3 && b[2] == idType && b[3] > 0 && b[3] <= 9 {
		if v, _, ok := integer(uint64(b[3]), b[20:]); ok {
			add(v, b[4:20])
		}
	}
}
