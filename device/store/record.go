package store

import (
	"github.com/google/uuid"

	"muster/device"
)

// record is the values of a row of the journal: int64, string or []byte.
type record []any

// The shape of a row of the journal: its columns in their order.
const journalShape = "iibtbiitiiibb"

const (
	idType  = 44      // SQLite's type of 16 bytes
	minCell = 130     // shorter than any row of the journal
	maxCell = 1 << 20 // longer than any row that a tablet writes
)

func (r record) place() place { return place{r[0].(int64), r[1].(int64)} }

// measured tells whether what has a fixed length has it.
func (r record) measured() bool {
	return len(r[2].([]byte)) == len(uuid.UUID{}) && len(r[11].([]byte)) == len(device.Hash{}) && len(r[12].([]byte)) == len(device.Hash{})
}

// toRow puts a record into the form of a row. What has the wrong length is cut
// or filled up: the hash tells then that the row is damaged.
func toRow(r record, stream uuid.UUID) device.Row {
	row := rowOf(r[1].(int64), r[2].([]byte), r[3].(string), r[4].([]byte), [5]int64{
		r[5].(int64), r[6].(int64), r[8].(int64), r[9].(int64), r[10].(int64),
	}, r[7].(string), r[11].([]byte), r[12].([]byte))
	row.Stream = stream
	return row
}

// readRecord takes a record apart whose columns are of the given types: integer,
// text or blob. Both parts of it, its types and its values, must be used up.
func readRecord(types, values []byte, shape string) (record, bool) {
	r := make(record, 0, len(shape))
	for _, want := range shape {
		t, n := varint(types)
		size, ok := fits(t, want)
		if n == 0 || !ok || size > len(values) {
			return nil, false
		}
		v := values[:size]
		types, values = types[n:], values[size:]
		switch want {
		case 'i':
			number, _, _ := integer(t, v)
			r = append(r, number)
		case 't':
			r = append(r, string(v))
		default:
			r = append(r, append([]byte{}, v...))
		}
	}
	return r, len(types) == 0 && len(values) == 0
}

// measure returns how many bytes the types of a shape's columns take, and how
// many their values do; ok is false where there are other types.
func measure(types []byte, shape string) (n, size int, ok bool) {
	for _, want := range shape {
		t, more := varint(types[n:])
		length, ok := fits(t, want)
		if more == 0 || !ok {
			return 0, 0, false
		}
		if n, size = n+more, size+length; size > maxCell {
			return 0, 0, false
		}
	}
	return n, size, true
}

// fits tells whether a type of SQLite's is an integer, a text or a blob, as is
// wanted, and how long its value is.
func fits(t uint64, want rune) (size int, ok bool) {
	switch {
	case want == 'i' && t >= 1 && t <= 6:
		return [...]int{0, 1, 2, 3, 4, 6, 8}[t], true
	case want == 'i':
		return 0, t == 8 || t == 9
	case t < 12 || (t%2 == 1) != (want == 't') || (t-12)/2 > maxCell:
		return 0, false
	}
	return int(t-12) / 2, true
}

// integer reads a number of a type of SQLite's.
func integer(t uint64, b []byte) (v int64, size int, ok bool) {
	size, ok = fits(t, 'i')
	if !ok || len(b) < size {
		return 0, 0, false
	}
	if size == 0 {
		return int64(t - 8), 0, true
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
