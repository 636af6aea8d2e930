package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// The sizes of SQLite's file format, https://sqlite.org/fileformat2.html. The
// page size is SQLite's own default, which every database of a tablet has.
const (
	pageSize    = 4096
	walHeader   = 32
	frameHeader = 24
	maxLocal    = (pageSize-12)*64/255 - 23 // of a cell of an index tree; a longer one goes on elsewhere
	minLocal    = (pageSize-12)*32/255 - 23
	slack       = 40 // zeros after a page, so that nothing has to look where it ends
)

// pages are the pages of a database and of its write-ahead log, in which there
// are many versions of one.
type pages struct {
	all   []pageAt // in the order they stand in the files
	byNo  map[uint32][]pageAt
	files []*os.File
}

type pageAt struct {
	file *os.File
	at   int64 // of the page itself, behind a frame's header
	log  bool
}

// openPages opens a database and its write-ahead log, one of which or both may
// be missing.
func openPages(db, log string) (*pages, error) {
	p := &pages{byNo: map[uint32][]pageAt{}}
	if err := errors.Join(p.add(db, 0, 0), p.add(log, walHeader, frameHeader)); err != nil {
		return nil, errors.Join(fmt.Errorf("salvage: %w", err), p.Close())
	}
	return p, nil
}

// Close closes the files.
func (p *pages) Close() error {
	var err error
	for _, f := range p.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// add adds a file whose pages begin at begin, each with a header before it.
func (p *pages) add(path string, begin, header int64) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p.files = append(p.files, f)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for at := begin; at+header < info.Size(); at += header + pageSize {
		page := pageAt{f, at + header, header > 0}
		p.all = append(p.all, page)
		no := uint32((at-begin)/pageSize) + 1
		if header > 0 {
			var b [4]byte
			if _, err := f.ReadAt(b[:], at); err != nil {
				continue // a bad sector
			}
			no = binary.BigEndian.Uint32(b[:])
		}
		p.byNo[no] = append(p.byNo[no], page)
	}
	return nil
}

// each reads the pages, zeros behind each. Where one can't be read, the others are.
func (p *pages) each(do func(page []byte)) {
	buffer := make([]byte, pageSize+slack)
	for _, page := range p.all {
		if page.read(buffer) {
			do(buffer)
		}
	}
}

// committedLast puts what is in the log behind end first. That can't be read as
// SQLite reads it: it may be of a transaction that was refused, of which the place was
// given to another row.
func (p *pages) committedLast(end int64) {
	slices.SortStableFunc(p.all, func(a, b pageAt) int { return a.rank(end) - b.rank(end) })
}

func (p pageAt) rank(end int64) int {
	if p.log && p.at >= end {
		return 0
	}
	return 1
}

// where returns those of the pages that are wanted.
func (p *pages) where(wanted func(pageAt) bool) *pages {
	part := &pages{}
	for _, page := range p.all {
		if wanted(page) {
			part.all = append(part.all, page)
		}
	}
	return part
}

// read reads a page, as far as the file has it; zeros follow.
func (p pageAt) read(to []byte) bool {
	n, err := p.file.ReadAt(to[:pageSize], p.at)
	clear(to[n:])
	return n > 0 || err == nil || errors.Is(err, io.EOF)
}

// join hands out a record of which the bytes of b are the beginning, but for the
// first lost ones. size is how long it is as a whole, with them. A long one goes
// on in other pages, of which there may be several versions: all are tried, until
// one is the right one.
func (p *pages) join(b []byte, size, lost int, right func([]byte) bool) {
	local := size
	if size > maxLocal {
		if local = minLocal + (size-minLocal)%(pageSize-4); local > maxLocal {
			local = minLocal
		}
	}
	if len(b) < local-lost || local < lost {
		return
	}
	if local == size {
		right(b[:local-lost])
		return
	}
	if len(b) < local-lost+4 {
		return
	}
	next := binary.BigEndian.Uint32(b[local-lost:])
	if len(p.byNo[next]) == 0 {
		return
	}
	w := way{pages: p, size: size - lost, left: size/pageSize + maxTries, right: right}
	w.follow(append(make([]byte, 0, size), b[:local-lost]...), next)
}

// maxTries is how many pages are read in vain for one row.
const maxTries = 64

// way is a search for the pages in which a row goes on.
type way struct {
	pages *pages
	size  int
	left  int
	right func([]byte) bool
}

// follow goes on with a page of the number no, the newest first.
func (w *way) follow(have []byte, no uint32) bool {
	if len(have) == w.size {
		return w.right(have)
	}
	if w.left <= 0 {
		return false
	}
	page := make([]byte, pageSize)
	versions := w.pages.byNo[no]
	for i := len(versions) - 1; i >= 0; i-- {
		if w.left--; w.left < 0 {
			return false
		}
		if versions[i].read(page) && w.follow(append(have, page[4:min(pageSize, 4+w.size-len(have))]...), binary.BigEndian.Uint32(page)) {
			return true
		}
	}
	return false
}
