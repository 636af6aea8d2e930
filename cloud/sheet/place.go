package sheet

import "bytes"

// lastColumn is XFD, the last that a worksheet has.
const lastColumn = 16384

// place is where a row's cells are. The zero place is before the first.
type place struct {
	column int // of the latest cell; 0: none yet
	width  int // the column that is furthest to the right
}

// next goes on to a cell, whose tag it is given: to where the tag says, else to
// the place beside the one before.
func (p *place) next(tag []byte) {
	p.column++
	if c := columnOf(tag); c > 0 {
		p.column = c
	}
	p.width = max(p.width, p.column)
}

// columnOf is the column that a cell's tag names as the library would read it, from
// 1; 0: none. Of several it is the furthest to the right.
func columnOf(tag []byte) int {
	furthest := 0
	for {
		sign := bytes.IndexAny(tag, "=>")
		if sign < 0 || tag[sign] == '>' {
			return furthest
		}
		name, value := bytes.TrimRight(tag[:sign], " \t\r\n"), bytes.TrimLeft(tag[sign+1:], " \t\r\n")
		if len(value) == 0 {
			return furthest
		}
		end := bytes.IndexByte(value[1:], value[0])
		if end < 0 {
			return furthest
		}
		if n := len(name); n > 1 && name[n-1] == 'r' && bytes.IndexByte([]byte(" \t\r\n:'\""), name[n-2]) >= 0 {
			furthest = max(furthest, columnNumber(value[1:1+end]))
		}
		tag = value[end+2:]
	}
}

// columnNumber is the number of a reference's column, such as 28 for AB12; 0: it
// names none. One that is written in a roundabout way may be anywhere.
func columnNumber(reference []byte) int {
	n := 0
	for _, b := range reference {
		switch {
		case b == '$':
			continue
		case b == '&':
			return lastColumn
		case b >= 'a' && b <= 'z':
			b -= 'a' - 'A'
		}
		if b < 'A' || b > 'Z' || n > lastColumn {
			break
		}
		n = n*26 + int(b-'A') + 1
	}
	return n
}
