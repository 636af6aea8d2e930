package sheet

import (
	"archive/zip"
	"errors"
	"io"
)

// plainRows reads a worksheet's rows the fast way: cells with a text, with an entry
// of the string table or with a short number, one after the other. At whatever else
// there is, it says errOdd, and where it stopped; the library goes on from there.
// A test holds the two against each other.
type plainRows struct {
	*markup
	close func() error
	// strings gives the string table; errOdd where it isn't plain.
	strings func() ([]string, error)
	// shows tells whether a style shows texts, and short numbers, as they are stored.
	shows func(style int) (texts, numbers bool)

	inside bool // the rows have begun
	line   int  // of the latest row
	cells  []string
	before []string // the latest cell's text of each column, so that one that comes again is kept once
	value  []byte
	styles map[string]style // those met, by what a cell calls them
}

type style struct{ texts, numbers bool }

func newPlainRows(part *zip.File, table func() ([]string, error), shows func(int) (texts, numbers bool)) (*plainRows, error) {
	in, err := part.Open()
	if err != nil {
		return nil, err
	}
	return &plainRows{markup: newMarkup(in), close: in.Close, strings: table, shows: shows, styles: map[string]style{}}, nil
}

// next gives the next row that isn't empty. line says how far the rows are read,
// with any error too.
func (p *plainRows) next() ([]string, error) {
	if !p.inside {
		if err := p.find(); err != nil {
			return nil, err
		}
		p.inside = true
	}
	for {
		if err := p.step(); err != nil {
			return nil, err
		}
		switch {
		case p.end && string(p.name) == "sheetData":
			return nil, io.EOF
		case p.end || string(p.name) != "row":
			return nil, errOdd
		}
		line, err := p.number()
		if err != nil {
			return nil, err
		}
		p.cells = p.cells[:0]
		if !p.empty {
			if err := p.row(); err != nil {
				return nil, err
			}
		}
		if p.line = line; len(p.cells) > 0 {
			return p.cells, nil
		}
	}
}

// step reads a tag with nothing to be seen behind it.
func (p *plainRows) step() error {
	err := p.markup.next()
	if err == nil && !blank(p.text) {
		return errOdd
	}
	return odd(err)
}

// odd is what an error means where the rows aren't over.
func odd(err error) error {
	if errors.Is(err, io.EOF) {
		return errOdd
	}
	return err
}

// find goes on to where the rows begin.
func (p *plainRows) find() error {
	for first := true; ; first = false {
		if err := p.step(); err != nil {
			return err
		}
		name := string(p.name)
		if first && (name != "worksheet" || p.empty) || name == "row" || name == "c" {
			return errOdd
		}
		if !p.end {
			if err := p.pass(); err != nil {
				return err
			}
		}
		if name == "sheetData" {
			if p.empty || len(p.starts) != 2 {
				return errOdd
			}
			return nil
		}
	}
}

// number is a row's own number, which must be beyond those before.
func (p *plainRows) number() (int, error) {
	line := 0
	for {
		name, value, more, err := p.attribute()
		if err != nil {
			return 0, err
		}
		if !more {
			break
		}
		if string(name) == "r" {
			n, ok := digits(value, 7)
			if !ok || line != 0 {
				return 0, errOdd
			}
			line = n
		}
	}
	if line <= p.line || line > maxLines {
		return 0, errOdd
	}
	return line, nil
}

// digits reads a number of at most so many digits, as it would be written again.
func digits(text []byte, most int) (n int, ok bool) {
	if len(text) == 0 || len(text) > most || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = n*10 + int(b-'0')
	}
	return n, true
}

// row reads the cells of a row.
func (p *plainRows) row() error {
	column := 0
	for {
		if err := p.step(); err != nil {
			return err
		}
		if p.end {
			return nil // markup has seen to it that it is the row's
		}
		if string(p.name) != "c" {
			return errOdd
		}
		column++
		kind, look, at, err := p.cell()
		if err != nil {
			return err
		}
		if at > 0 {
			if at < column {
				return errOdd
			}
			column = at
		}
		if p.empty {
			continue
		}
		p.value = p.value[:0]
		if kind == inlined {
			err = p.inline(look)
		} else {
			err = p.valued(kind, look)
		}
		if err != nil {
			return err
		}
		if len(p.value) > 0 {
			p.keep(column)
		}
	}
}

// The types of cells that are plain.
const (
	quantity = iota
	inlined
	listed
	worded
)

// cell reads a cell's own tag.
func (p *plainRows) cell() (kind int, look style, at int, err error) {
	var typed, styled bool
	look = style{true, true}
	for {
		name, value, more, err := p.attribute()
		if err != nil || !more {
			return kind, look, at, err
		}
		if len(name) != 1 {
			continue
		}
		switch name[0] {
		case 'r':
			if at != 0 {
				return 0, look, 0, errOdd
			}
			if at = reference(value); at == 0 {
				return 0, look, 0, errOdd
			}
		case 's':
			if styled {
				return 0, look, 0, errOdd
			}
			styled = true
			if look, err = p.style(value); err != nil {
				return 0, look, 0, err
			}
		case 't':
			if typed {
				return 0, look, 0, errOdd
			}
			typed = true
			switch string(value) {
			case "inlineStr":
				kind = inlined
			case "s":
				kind = listed
			case "str":
				kind = worded
			case "n":
			default:
				return 0, look, 0, errOdd
			}
		}
	}
}

func (p *plainRows) style(name []byte) (style, error) {
	if look, ok := p.styles[string(name)]; ok {
		return look, nil
	}
	n, ok := digits(name, 5)
	if !ok {
		return style{}, errOdd
	}
	look := style{true, true}
	if n > 0 {
		look.texts, look.numbers = p.shows(n)
	}
	p.styles[string(name)] = look
	return look, nil
}

// reference is the column of a cell's name such as AB12; 0: it isn't one.
func reference(name []byte) (column int) {
	i := 0
	for ; i < len(name) && i < 3 && name[i] >= 'A' && name[i] <= 'Z'; i++ {
		column = column*26 + int(name[i]-'A') + 1
	}
	if n, ok := digits(name[i:], 7); !ok || n == 0 || n > maxLines || column > lastColumn {
		return 0
	}
	return column
}

// inline reads a text that stands in the cell, to the cell's end.
func (p *plainRows) inline(look style) error {
	if err := p.step(); err != nil || p.end {
		return err // an empty cell
	}
	if string(p.name) != "is" || p.empty {
		return errOdd
	}
	if err := p.pass(); err != nil {
		return err
	}
	if err := p.markup.next(); err != nil {
		return odd(err)
	}
	if p.end || string(p.name) != "t" || p.empty || !look.texts {
		return errOdd
	}
	if err := p.pass(); err != nil {
		return err
	}
	var ok bool
	if p.value, ok = content(p.value, p.text); !ok || coded(p.value) {
		return errOdd
	}
	for range 3 { // t, is, c
		if err := p.step(); err != nil {
			return err
		}
		if !p.end {
			return errOdd
		}
	}
	return nil
}

// valued reads a cell's value, to the cell's end.
func (p *plainRows) valued(kind int, look style) error {
	if err := p.markup.next(); err != nil {
		return odd(err)
	}
	if p.end && blank(p.text) {
		return nil // an empty cell
	}
	if p.end || string(p.name) != "v" || p.empty {
		return errOdd
	}
	if err := p.pass(); err != nil {
		return err
	}
	switch kind {
	case quantity:
		// Longer ones are rounded.
		if _, ok := digits(p.text, 11); !ok || !look.numbers {
			return errOdd
		}
		p.value = append(p.value, p.text...)
	case listed:
		n, ok := digits(p.text, 7)
		if !ok || !look.texts {
			return errOdd
		}
		table, err := p.strings()
		if err != nil {
			return err
		}
		if n >= len(table) || table[n] == oddString {
			return errOdd
		}
		p.value = append(p.value, table[n]...)
	default:
		var ok bool
		if p.value, ok = content(p.value, p.text); !ok {
			return errOdd
		}
	}
	for range 2 { // v, c
		if err := p.step(); err != nil {
			return err
		}
		if !p.end {
			return errOdd
		}
	}
	return nil
}

// keep puts the value into its column.
func (p *plainRows) keep(column int) {
	for len(p.before) < column {
		p.before = append(p.before, "")
	}
	if p.before[column-1] != string(p.value) {
		p.before[column-1] = string(p.value)
	}
	for len(p.cells) < column-1 {
		p.cells = append(p.cells, "")
	}
	p.cells = append(p.cells, p.before[column-1])
}
