package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/device"
	"muster/device/store"
	"muster/sync/wire"
)

// realGrant is a grant with keys and certificates that belong together.
func realGrant(t testing.TB) device.Grant {
	t.Helper()
	g := grant()
	authority, caKey := certificate(t, "authority", nil, nil)
	cert, key := certificate(t, string(g.Identity.Device), authority, caKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	g.Credentials = device.Credentials{Authority: authority.Raw, Current: device.Credential{Key: der, Certificate: cert.Raw}}
	return g
}

func certificate(t testing.TB, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// written is the independent ledger: every row that was confirmed as stored.
type written map[uuid.UUID]device.Row

// tabletFiles makes the files of a tablet as they lie on the disk while it runs:
// a database with a write-ahead log beside it.
func tabletFiles(t testing.TB, rows int) (files map[string][]byte, ledger written, g device.Grant) {
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
	j := journalOver(s)
	ledger = written{}
	for i := range rows {
		if i == rows/2 { // closing brings the log into the database
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = store.Open(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // the files were copied before
			j = journalOver(s)
		}
		size := 20
		if i%50 == 7 {
			size = 3000 // goes on in other pages
		}
		row, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: fmt.Sprint(i, strings.Repeat("v", size))}, device.Effect{})
		if err != nil {
			t.Fatal(err)
		}
		ledger[row.ID] = row
	}
	files = map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	delete(files, "tablet.db-shm") // rebuilt by SQLite from the log
	if len(files["tablet.db-wal"]) == 0 || rows > 30 && len(files["tablet.db"]) < 10*4096 {
		t.Fatalf("database of %d bytes with a log of %d: the test needs both", len(files["tablet.db"]), len(files["tablet.db-wal"]))
	}
	return files, ledger, g
}

// journalOf returns every row of a store and how many are as they were written.
func journalOf(t testing.TB, dir string) map[uuid.UUID]device.Row {
	t.Helper()
	rows, end, err := store.Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[uuid.UUID]device.Row{}
	for r := range rows {
		if r.Sum() != r.Hash {
			t.Fatalf("row %d is in the journal and not what was written", r.Seq)
		}
		found[r.ID] = r
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	return found
}

// Cut off between any two steps, the salvage is done or begins anew.
func TestSalvageIsCutOff(t *testing.T) {
	t.Parallel()
	files, ledger, _ := tabletFiles(t, 120)
	whole := t.TempDir()
	lay := func(dir string) {
		for name, text := range files {
			put(t, filepath.Join(dir, name), text)
		}
		// The first page is gone, and what says what the log's pages are.
		for name, size := range map[string]int{"tablet.db": 4096, "tablet.db-wal": 32} {
			f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(make([]byte, size), 0); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	lay(whole)
	if _, err := store.Salvage(t.Context(), whole, time.Now()); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(filepath.Join(whole, "tablet.db"))
	if err != nil {
		t.Fatal(err)
	}
	for step, leave := range map[string]func(dir string){
		"half a new store": func(dir string) { put(t, filepath.Join(dir, "tablet.db.rebuilding"), made[:9000]) },
		"nothing moved":    func(dir string) { put(t, filepath.Join(dir, "tablet.db.salvaged"), made) },
		"the log moved": func(dir string) {
			put(t, filepath.Join(dir, "tablet.db.salvaged"), made)
			move(t, dir, "tablet.db-wal")
		},
		"everything moved": func(dir string) {
			put(t, filepath.Join(dir, "tablet.db.salvaged"), made)
			move(t, dir, "tablet.db-wal")
			move(t, dir, "tablet.db")
		},
		"before anything":     func(string) {},
		"the file is missing": func(dir string) { move(t, dir, "tablet.db") },
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			lay(dir)
			leave(dir)
			s, err := store.Open(t.Context(), dir)
			if errors.Is(err, device.ErrStorageDamaged) {
				if _, err = store.Salvage(t.Context(), dir, time.Now()); err != nil {
					t.Fatal(err)
				}
				s, err = store.Open(t.Context(), dir)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // nothing was written
			if found := journalOf(t, dir); step != "the file is missing" && len(found) != len(ledger) {
				t.Errorf("%d of %d rows", len(found), len(ledger))
			}
			if _, untold, err := s.Salvaged(t.Context()); err != nil || !untold {
				t.Errorf("what was found is not to be told: %v %v", untold, err)
			}
		})
	}
}

func move(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".aside-1")); err != nil {
		t.Fatal(err)
	}
}
