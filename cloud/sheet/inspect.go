package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// Bounds of a workbook, unpacked. The library keeps what it parses in memory,
// so a small file must not be able to claim much.
const (
	maxParts    = 2000
	maxUnpacked = 512 << 20 // bytes of all parts
	maxKept     = 48 << 20  // bytes of the parts that stay in memory
	maxParsed   = 8 << 20   // bytes of one part that is parsed as a whole
	maxStrings  = 1_000_000 // entries of the string table
	maxRun      = 256 << 10 // bytes from one tag to the next
	maxDepth    = 64
	maxTags     = 20_000 // inside one cell, one shared string
	maxCells    = 10_000_000
	maxLines    = 1 << 20    // rows that a worksheet can have
	maxPlaces   = 20_000_000 // from each row's first column to its last cell: the library fills them
)

// inspect looks through a workbook before any library unpacks it, and tells how
// many rows its largest worksheet has.
func inspect(archive *zip.Reader) (rows int, err error) {
	if len(archive.File) > maxParts {
		return 0, &Problem{Code: TooLarge}
	}
	var all, kept uint64
	found := Code(NotTable)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		switch {
		case name == "xl/workbook.xml" || name == "/xl/workbook.xml":
			found = ""
		case name == "xl/workbook.bin":
			return 0, &Problem{Code: OldExcel}
		case name == "content.xml" || strings.HasSuffix(name, ".iwa"):
			return 0, &Problem{Code: OpenDocument}
		}
		size := part.UncompressedSize64
		all += size
		if !streamed(name) || size <= memoryShare {
			kept += size
		}
		if all > maxUnpacked || kept > maxKept || size > maxParsed && parsed(name) && !streamed(name) {
			return 0, &Problem{Code: TooLarge}
		}
	}
	if found != "" {
		return 0, &Problem{Code: found}
	}
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if !parsed(name) {
			continue
		}
		n, err := scan(part, streamed(name))
		if err != nil {
			return 0, err
		}
		rows = max(rows, n)
	}
	return rows, nil
}

// streamed tells whether the library takes a part through a temporary file when
// it is large.
func streamed(name string) bool {
	return strings.HasPrefix(strings.TrimPrefix(name, "/"), "xl/worksheets/sheet") && strings.HasSuffix(name, ".xml") ||
		path.Base(name) == "sharedstrings.xml"
}

func parsed(name string) bool {
	return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels")
}

// scan runs over one part's tags without building anything, and refuses what
// would cost the parser memory without bound: text without end, deep nesting,
// one cell of a million pieces, entity declarations.
func scan(part *zip.File, table bool) (rows int, err error) {
	in, err := part.Open()
	if err != nil {
		return 0, &Problem{Code: Damaged}
	}
	defer func() { _ = in.Close() }() // its checksum was compared at the end of reading
	tags := bufio.NewReaderSize(in, maxRun)
	var depth, pieces, entries, count, places int
	var size uint64
	var at place
	for first := true; ; first = false {
		piece, err := tags.ReadSlice('<')
		if size += uint64(len(piece)); size > part.UncompressedSize64 {
			return 0, &Problem{Code: Damaged}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, &Problem{Code: TooLarge}
		case err != nil && !errors.Is(err, io.EOF):
			return 0, &Problem{Code: Damaged}
		}
		if !first {
			name, change, fine := tag(piece)
			depth += change
			pieces++
			switch {
			case !fine && table, depth > maxDepth:
				return 0, &Problem{Code: Damaged}
			case name == "row":
				if rows++; rows > maxLines {
					return 0, &Problem{Code: TooLarge}
				}
				places += at.width
				at = place{}
				pieces = 0
			case name == "c", name == "si":
				if name == "c" && table {
					if at.next(piece); at.width > lastColumn || places+at.width > maxPlaces {
						return 0, &Problem{Code: TooLarge}
					}
				}
				if entries++; name == "si" && entries > maxStrings || entries > maxCells {
					return 0, &Problem{Code: TooLarge}
				}
				pieces = 0
			case table && pieces > maxTags && depth > 2: // not the lists after the rows
				return 0, &Problem{Code: TooLarge}
			}
			if count++; !table && count > maxParsed/16 {
				return 0, &Problem{Code: TooLarge}
			}
		}
		if err != nil {
			return rows, nil
		}
	}
}

// tag reads what follows a "<": the element's local name and how it changes the
// depth. It is not fine with what a worksheet never has: declarations, comments.
func tag(piece []byte) (name string, change int, fine bool) {
	switch {
	case len(piece) == 0:
		return "", 0, true
	case piece[0] == '/':
		return "", -1, true
	case piece[0] == '?':
		return "", 0, bytes.HasPrefix(piece, []byte("?xml"))
	case piece[0] == '!':
		return "", 0, false
	}
	end := bytes.IndexAny(piece, " \t\r\n/>")
	if end < 0 {
		end = len(piece)
	}
	local := piece[:end]
	if colon := bytes.LastIndexByte(local, ':'); colon >= 0 {
		local = local[colon+1:]
	}
	quote := byte(0)
	for i, b := range piece {
		switch {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '>':
			if i > 0 && piece[i-1] == '/' {
				return string(local), 0, true
			}
			return string(local), 1, true
		}
	}
	return string(local), 1, true
}
