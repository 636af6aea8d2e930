package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// separators are those that programs write, the likelier first.
var separators = []rune{';', ',', '\t', '|'}

// openText opens csv in whatever dress.
func openText(r io.ReaderAt, size int64) (*Table, error) {
	name, enc, err := detect(r, size)
	if err != nil {
		return nil, err
	}
	begin := func() *bufio.Reader {
		decoded := transform.NewReader(io.NewSectionReader(r, 0, size), enc.NewDecoder())
		return bufio.NewReaderSize(transform.NewReader(decoded, &lineEnds{}), 64<<10)
	}
	head, err := begin().Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, &Problem{Code: NotTable}
	}
	separator, declared := declaration(head)
	if !declared {
		separator = guess(head)
	}
	t := &Table{Format: "csv", Encoding: name, Separator: separator, close: func() error { return nil }}
	t.open = func() (source, error) {
		in, skipped := begin(), 0
		if declared {
			if _, err := in.ReadSlice('\n'); err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read: %w", err)
			}
			skipped = 1
		}
		return &text{reader: reader(in, separator), skipped: skipped}, nil
	}
	if err := t.begin(); err != nil {
		return nil, err
	}
	t.Lines, err = count(r, size, enc)
	return t, err
}

// declaration reads the line "sep=;" that Excel writes and understands.
func declaration(head []byte) (rune, bool) {
	line, _, _ := strings.Cut(string(head[:min(len(head), 16)]), "\n")
	line = strings.Trim(line, "\" ")
	if len(line) == 5 && strings.EqualFold(line[:4], "sep=") {
		return rune(line[4]), strings.ContainsRune(";,\t|", rune(line[4]))
	}
	return 0, false
}

// guess picks the separator with which a header is found that says most; where
// none is, the one that makes the most cells.
func guess(head []byte) rune {
	best, titles, cells := separators[0], 0, 0
	for _, separator := range separators {
		var rows [][]string
		in := reader(bytes.NewReader(head), separator)
		for n := 0; n < searched; n++ {
			row, err := in.Read()
			if err != nil {
				break
			}
			rows = append(rows, append([]string(nil), row...))
		}
		at, n := findHeader(rows)
		width := 0
		for i, row := range rows {
			if at < 0 || i == at {
				width = max(width, len(row))
			}
		}
		if n > titles || n == titles && width > cells {
			best, titles, cells = separator, n, width
		}
	}
	return best
}

func reader(in io.Reader, separator rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = separator, true, -1, true
	return r
}

// text is csv as a source.
type text struct {
	reader  *csv.Reader
	skipped int
}

func (s *text) next() (int, []string, error) {
	cells, err := s.reader.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return 0, nil, io.EOF
	case errors.As(err, &broken):
		return 0, nil, &Problem{Line: broken.StartLine + s.skipped, Code: Damaged}
	case err != nil:
		return 0, nil, fmt.Errorf("read: %w", err)
	}
	line, _ := s.reader.FieldPos(0)
	return line + s.skipped, cells, nil
}

func (s *text) exact(int, int) (string, bool) { return "", false }

func (s *text) close() error { return nil }

// count counts line ends, which is an upper bound of the rows.
func count(r io.ReaderAt, size int64, enc encoding.Encoding) (int, error) {
	in := transform.NewReader(transform.NewReader(io.NewSectionReader(r, 0, size), enc.NewDecoder()), &lineEnds{})
	buf, lines := make([]byte, 64<<10), 1
	for {
		n, err := in.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return 0, fmt.Errorf("read: %w", err)
		}
	}
}

// lineEnds makes one \n out of \r\n and of the lone \r of old Macs.
type lineEnds struct{ transform.NopResetter }

func (*lineEnds) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		b := src[nSrc]
		if b == '\r' {
			if nSrc+1 == len(src) && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if nSrc+1 < len(src) && src[nSrc+1] == '\n' {
				nSrc++
			}
			b = '\n'
		}
		dst[nDst] = b
		nDst++
		nSrc++
	}
	return nDst, nSrc, nil
}
