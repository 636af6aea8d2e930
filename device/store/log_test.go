package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// transactions returns where those of a write-ahead log begin, and where the last ends.
func transactions(log []byte) (at []int) {
	const frame = 24 + pageSize
	at = []int{32}
	for i := 32; i+frame <= len(log) && string(log[i+8:i+16]) == string(log[16:24]); i += frame {
		if binary.BigEndian.Uint32(log[i+4:]) != 0 {
			at = append(at, i+frame)
		}
	}
	return at
}

// SQLite takes a last transaction that a disk has spoiled for one that never was,
// and drops it. The tick of it was shown: it is found, unless the spoiled bytes are
// its own.
func TestRotInTheLastTransaction(t *testing.T) {
	t.Parallel()
	files, _, _ := tabletFiles(t, 40)
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, name), text)
	}
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	j := journalOver(s)
	var tries, rotten, dropped int
	rapid.Check(t, func(r *rapid.T) {
		if tries++; tries%10 == 0 { // that the log stays short
			if err := s.Close(); err != nil {
				r.Fatal(err)
			}
			if s, err = store.Open(t.Context(), dir); err != nil {
				r.Fatal(err)
			}
			j = journalOver(s)
			add(t, j)
		}
		size := rapid.SampledFrom([]int{10, 300, 900, 2000, 9000}).Draw(r, "size")
		row, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: string(bytes.Repeat([]byte("w"), size))}, device.Effect{})
		if err != nil {
			r.Fatal(err)
		}
		now := map[string][]byte{}
		for _, name := range []string{"tablet.db", "tablet.db-wal", "tablet.spare", "tablet.made"} {
			if now[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				r.Fatal(err)
			}
		}
		log := now["tablet.db-wal"]
		all := transactions(log)
		from, to := all[len(all)-2], all[len(all)-1]
		at := rapid.IntRange(from, to-1).Draw(r, "at")
		n := min(rapid.SampledFrom([]int{1, 1, 8, 512}).Draw(r, "bytes"), to-at)
		for i := range n {
			log[at+i] ^= byte(1 + (i*31+at)%255)
		}
		after, err := os.MkdirTemp(t.TempDir(), "rotten")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(after) //nolint:errcheck // TempDir clears it
		for name, text := range now {
			if err := os.WriteFile(filepath.Join(after, name), text, 0o600); err != nil {
				r.Fatal(err)
			}
		}
		s, err := store.Open(t.Context(), after)
		if err == nil {
			if err := s.Close(); err != nil {
				r.Fatal(err)
			}
		} else if _, salvaged := store.Salvage(t.Context(), after, time.Now()); !errors.Is(err, device.ErrStorageDamaged) || salvaged != nil {
			r.Fatal(err, salvaged)
		}
		if _, there := journalOf(t, after)[row.ID]; there {
			rotten++
		} else if dropped++; readable(now, row, 1) {
			r.Fatalf("row %d was shown, its bytes are there, and it is dropped (%v)", row.Seq, err)
		}
	})
	t.Logf("%d rows found, %d dropped with their own bytes", rotten, dropped)
	if rotten == 0 {
		t.Error("nothing was found")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What a killed program or a full disk leaves in the log is no damage: a
// transaction that ends before its commit, and what earlier logs held.
func TestUncommittedTailIsNoDamage(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 100)
	delete(files, "tablet.note") // it tells of the whole log
	log := files["tablet.db-wal"]
	all := transactions(log)
	const frame = 24 + pageSize
	var tried int
	for i, from := range all[:len(all)-1] {
		if all[i+1] < from+2*frame {
			continue // nothing before its commit
		}
		tried++
		earlier := append(bytes.Clone(log[:all[i+1]-frame]), bytes.Clone(log[all[i+1]-frame:])...)
		for at := all[i+1] - frame; at+frame <= len(earlier); at += frame {
			binary.BigEndian.PutUint32(earlier[at+8:], binary.BigEndian.Uint32(log[16:])-1)
			copy(earlier[at+12:], "else")
			copy(earlier[at+24:], log[32+24:32+frame]) // a page of long ago
		}
		for how, text := range map[string][]byte{
			"before a frame":   log[:all[i+1]-frame],
			"within a frame":   log[:all[i+1]-frame/2],
			"over an old log":  earlier,
			"nothing but that": log[:from],
		} {
			dir := t.TempDir()
			for name, b := range files {
				put(t, filepath.Join(dir, name), b)
			}
			put(t, filepath.Join(dir, "tablet.db-wal"), text)
			s, err := store.Open(t.Context(), dir)
			if err != nil {
				t.Fatalf("cut off %s, %d of %d: %v", how, i, len(all), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if n := len(journalOf(t, dir)); n > len(ledger) {
				t.Error(n, "rows")
			}
		}
	}
	if tried == 0 {
		t.Error("no transaction had more than one page")
	}
}
