package sheet

import (
	"archive/zip"
	"errors"
	"io"
)

// mostTable is how large a table of texts may be, unpacked, to be kept in memory;
// with a larger one the library looks each text up in a temporary file.
const mostTable = 16 << 20

// oddString stands for an entry of the table that isn't plain. No text has the
// character.
const oddString = "\x00"

// stringTable reads the table of texts that cells refer to. Entries that are made of
// pieces are left to the library.
func stringTable(part *zip.File) (table []string, err error) {
	in, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // inspect has read it to its end
	m := newMarkup(in)
	if err := m.next(); err != nil || string(m.name) != "sst" || !blank(m.text) {
		return nil, errOdd
	}
	if err := tableTag(m); err != nil {
		return nil, err
	}
	var value, letters []byte
	for texts, pieces := 0, 0; ; {
		if err := m.next(); errors.Is(err, io.EOF) {
			return table, nil
		} else if err != nil {
			return nil, err
		}
		depth, name := len(m.starts), string(m.name)
		if name == "t" && !m.end && !m.empty {
			var ok bool
			if letters, ok = content(letters[:0], m.text); !ok {
				return nil, errOdd
			}
		} else if !blank(m.text) {
			return nil, errOdd
		}
		switch {
		case m.end && name == "si" && depth == 1:
			if pieces > 0 || texts > 1 || coded(value) {
				value = append(value[:0], oddString...)
			}
			table = append(table, string(value))
			continue
		case m.end:
			continue
		}
		if err := m.pass(); err != nil {
			return nil, err
		}
		switch {
		case m.empty && name == "si" && depth == 1:
			table = append(table, "")
		case name == "si" && depth == 2:
			value, texts, pieces = value[:0], 0, 0
		case name == "t" && depth == 3:
			texts++
			value = append(value, letters...)
		default:
			pieces++
		}
		if len(table) > maxStrings {
			return nil, errOdd
		}
	}
}

// tableTag reads the table's own tag, of which the library is particular.
func tableTag(m *markup) error {
	own := false
	for {
		name, value, more, err := m.attribute()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch string(name) {
		case "count", "uniqueCount":
			if _, ok := digits(value, 9); !ok {
				return errOdd
			}
		case "xmlns":
			own = string(value) == "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		}
	}
	if !own {
		return errOdd
	}
	return nil
}
