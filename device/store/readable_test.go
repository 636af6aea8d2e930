package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// busyFiles makes the files of a tablet that has been through more than
// tabletFiles': rows of every length, a new stream into which they were moved,
// old rows that were pruned. ever are the hashes of all rows that were ever written.
func busyFiles(t testing.TB) (files map[string][]byte, ledger written, g device.Grant, ever map[device.Hash]bool) {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	g = realGrant(t)
	if err := s.Activate(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	ever = map[device.Hash]bool{}
	note := func() {
		for _, row := range journalOf(t, dir) {
			ever[row.Hash] = true
		}
	}
	j := journalOver(s)
	for i := range 150 {
		switch i {
		case 40:
			note()
			if err := s.Restream(t.Context()); err != nil {
				t.Fatal(err)
			}
			note()
			j = journalOver(s)
		case 60:
			row := add(t, j)
			note()
			if err := s.Confirm(t.Context(), row.Stream, 15, nil); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Prune(t.Context(), row.Clock.Device.Add(time.Hour).UnixMicro()); err != nil || n == 0 {
				t.Fatal(n, err)
			}
		case 90: // closing brings the log into the database
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = store.Open(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			j = journalOver(s)
		}
		size := []int{3, 40, 200, 20, 700, 60, 1, 800, 30, 1500, 90, 4000, 10, 12_000}[i%14]
		if _, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: fmt.Sprint(i, strings.Repeat("v", size))}, device.Effect{}); err != nil {
			t.Fatal(err)
		}
	}
	note()
	ledger = journalOf(t, dir)
	files = map[string][]byte{}
	for _, name := range []string{"tablet.db", "tablet.db-wal", "tablet.spare", "tablet.made"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return files, ledger, g, ever
}

// damage does something to the files that disks do.
func damage(r *rapid.T, now map[string][]byte) {
	for range rapid.IntRange(1, 12).Draw(r, "damages") {
		name := rapid.SampledFrom([]string{"tablet.db", "tablet.db", "tablet.db-wal"}).Draw(r, "file")
		text := now[name]
		if len(text) == 0 {
			continue
		}
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		n := min(rapid.SampledFrom([]int{1, 1, 4, 64, 512, 4096, 16384, 100_000}).Draw(r, "bytes"), len(text)-at)
		switch rapid.SampledFrom([]string{"zero", "garbage", "bit", "page", "copy", "old", "cut", "gone"}).Draw(r, "how") {
		case "zero":
			clear(text[at : at+n])
		case "garbage":
			for i := range n {
				text[at+i] ^= byte(1 + (i*31+at)%255)
			}
		case "bit":
			text[at] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		case "page":
			at -= at % 4096
			clear(text[at:min(at+4096, len(text))])
		case "copy": // written to the wrong place
			to := rapid.IntRange(0, len(text)-n).Draw(r, "to")
			to -= to % min(n, 512)
			at -= at % min(n, 512)
			copy(text[to:to+n], bytes.Clone(text[at:at+n]))
		case "old": // lost when it was written last: what is there is from another file
			copy(text[at:at+n], bytes.Repeat([]byte("something else "), n/15+1))
		case "cut":
			now[name] = text[:at]
		case "gone":
			if rapid.IntRange(0, 3).Draw(r, "really") == 0 {
				now[name] = nil
			}
		}
	}
	if rapid.IntRange(0, 9).Draw(r, "spare") == 0 {
		delete(now, "tablet.spare")
	}
}

// someTablet is one whose files are to be damaged.
type someTablet struct {
	files  map[string][]byte
	ledger written
	grant  device.Grant
	ever   map[device.Hash]bool
	stream byte // the number of the newest
}

// GoString is what rapid prints of a tablet that was drawn: a line, not its files.
func (t someTablet) GoString() string {
	return fmt.Sprintf("a tablet of %d rows in %d streams", len(t.ledger), t.stream)
}

// Whatever becomes of the files: every row whose bytes are still there is saved,
// none is made up, and what was damaged stays as it is.
func TestSalvageKeepsEveryReadableRow(t *testing.T) {
	t.Parallel()
	plain, busy := someTablet{stream: 1}, someTablet{stream: 2}
	plain.files, plain.ledger, plain.grant = tabletFiles(t, 120)
	busy.files, busy.ledger, busy.grant, busy.ever = busyFiles(t)
	saved, lost := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "tablet")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // TempDir clears it
		of := rapid.SampledFrom([]someTablet{plain, busy}).Draw(r, "tablet")
		now := map[string][]byte{}
		for name, text := range of.files {
			now[name] = bytes.Clone(text)
		}
		damage(r, now)
		for name, text := range now {
			if text == nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				r.Fatal(err)
			}
		}
		report, err := store.Salvage(t.Context(), dir, time.Unix(1_800_000_000, 0))
		if err != nil {
			r.Fatal(err)
		}
		s, err := store.Open(t.Context(), dir)
		if err != nil {
			r.Fatalf("the salvaged store doesn't open: %v", err)
		}
		defer s.Close() //nolint:errcheck // nothing was written
		found := journalOf(t, dir)
		for id, row := range found {
			if want, ok := of.ledger[id]; (!ok || want.Hash != row.Hash) && !of.ever[row.Hash] {
				r.Fatalf("row %d was never written", row.Seq)
			}
		}
		for id, row := range of.ledger {
			_, ok := found[id]
			if ok {
				saved++
			} else {
				lost++
			}
			if !ok && readable(now, row, of.stream) && knowsStream(now, row.Stream) {
				r.Fatalf("row %d is still readable and was not saved; report %+v", row.Seq, report)
			}
		}
		if _, there := now["tablet.spare"]; there && !report.Same {
			r.Fatalf("the tablet does not go on as itself though the second copy of its identity is whole")
		}
		if report.Same {
			if id, ok, err := s.Identity(t.Context()); err != nil || !ok || id.Device != of.grant.Identity.Device {
				r.Fatalf("identity %+v %v %v", id, ok, err)
			}
			if head, err := s.Head(t.Context()); err != nil || head.Seq != 0 || len(found) > 0 && ledgerHas(of.ledger, head.Stream) {
				r.Fatalf("no new stream: head %+v, %v", head, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "tablet.db.aside-20270115T080000Z")); len(now["tablet.db-wal"]) < 32 && errors.Is(err, fs.ErrNotExist) {
			return // only the log was gone, and the rest goes on in its place
		}
		for name, text := range now {
			if text == nil || name != "tablet.db" && name != "tablet.db-wal" {
				continue
			}
			kept, err := os.ReadFile(filepath.Join(dir, name+".aside-20270115T080000Z"))
			if err != nil || !bytes.Equal(kept, text) {
				r.Fatalf("%s was not set aside as it was: %v", name, err)
			}
		}
	})
	t.Logf("rows saved %d, lost with their bytes %d", saved, lost)
	if saved == 0 || lost == 0 {
		t.Error("the damages were no test")
	}
}

func ledgerHas(l written, stream uuid.UUID) bool {
	for _, r := range l {
		return r.Stream == stream
	}
	return false
}

// The sizes of SQLite's pages, and how much of a long record stays in its own.
const (
	pageSize = 4096
	most     = (pageSize-12)*64/255 - 23
	least    = (pageSize-12)*32/255 - 23
)

// readable tells whether a whole copy of a row is left: all of it as SQLite writes
// it, but for the first two bytes of its header, which SQLite itself overwrites
// when it moves a row to another page.
func readable(files map[string][]byte, row device.Row, stream byte) bool {
	const lost = 2
	record := encoded(row, stream)
	local := len(record)
	if local > most {
		if local = least + (local-least)%(pageSize-4); local > most {
			local = least
		}
	}
	for name, before := range map[string][2]int{"tablet.db": {}, "tablet.db-wal": {32, 24}} { // a header, and one of each page
		text := files[name]
		for from := 0; ; {
			i := bytes.Index(text[from:], record[lost:local])
			if i < 0 {
				break
			}
			begin, end := from+i, from+i+local-lost
			from += i + 1
			if in := (begin - before[0]) % (pageSize + before[1]); in < before[1] || in+end-begin > pageSize+before[1] {
				continue // written to the wrong place
			}
			if local == len(record) || end+4 <= len(text) && goesOn(files, binary.BigEndian.Uint32(text[end:]), record[local:]) {
				return true
			}
		}
	}
	return false
}

// goesOn tells whether the rest of a record begins in a page of the number no.
func goesOn(files map[string][]byte, no uint32, rest []byte) bool {
	if len(rest) == 0 {
		return true
	}
	n := min(len(rest), pageSize-4)
	from := int(int64(no)-1) * pageSize
	var versions [][]byte
	if db := files["tablet.db"]; from >= 0 && from < len(db) {
		versions = append(versions, db[from:])
	}
	for at, log := 32, files["tablet.db-wal"]; at+24 < len(log); at += 24 + pageSize {
		if binary.BigEndian.Uint32(log[at:]) == no {
			versions = append(versions, log[at+24:])
		}
	}
	for _, page := range versions {
		if len(page) >= 4+n && bytes.Equal(page[4:4+n], rest[:n]) && goesOn(files, binary.BigEndian.Uint32(page), rest[n:]) {
			return true
		}
	}
	return false
}

// encoded is a row as a record of SQLite's, https://sqlite.org/fileformat2.html.
func encoded(row device.Row, stream byte) []byte {
	var types, values []byte
	number := func(v int64) {
		for _, form := range []struct{ kind, bytes byte }{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 6}, {6, 8}} {
			if v == 0 || v == 1 {
				types = append(types, 8+byte(v))
				return
			}
			if bits := 8*form.bytes - 1; v >= -1<<bits && v <= 1<<bits-1 {
				b := binary.BigEndian.AppendUint64(nil, uint64(v))
				types, values = append(types, form.kind), append(values, b[8-form.bytes:]...)
				return
			}
		}
	}
	long := func(b []byte, of int) {
		v := 2*len(b) + of
		var out []byte
		for out = []byte{byte(v & 0x7f)}; v>>7 > 0; {
			v >>= 7
			out = append([]byte{byte(v&0x7f) | 0x80}, out...)
		}
		types, values = append(types, out...), append(values, b...)
	}
	number(int64(stream))
	number(int64(row.Seq))
	long(row.ID[:], 12)
	long([]byte(row.Kind), 13)
	long(row.Payload, 12)
	number(row.Clock.Device.UnixMicro())
	number(row.Clock.Monotonic.Microseconds())
	long([]byte(row.Clock.BootID), 13)
	number(row.Clock.Offset.Microseconds())
	number(row.Clock.Uncertainty.Microseconds())
	number(int64(row.Clock.Trust))
	long(row.Prev[:], 12)
	long(row.Hash[:], 12)
	return append(append([]byte{byte(len(types) + 1)}, types...), values...)
}

// knowsStream tells whether the stream's id is left anywhere but in the rows.
func knowsStream(files map[string][]byte, stream uuid.UUID) bool {
	_, spare := files["tablet.spare"]
	return spare || bytes.Contains(files["tablet.db"], stream[:]) || bytes.Contains(files["tablet.db-wal"], stream[:])
}
