// Package cloudtest gives a test a database of the cloud, without building its
// schema anew each time: that takes longer than most tests.
package cloudtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muster/cloud/store/sqlite"
)

// schema is an empty database file whose schema is up to date.
var schema = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "schema")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "cloud.db")
	db, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // the last connection folds the log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

// Place puts an empty database at a path, for what opens it by itself.
func Place(t testing.TB, path string) {
	t.Helper()
	file, err := schema()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens an empty database in a folder of t's own. Whoever gets it closes it.
func Open(t testing.TB) *sqlite.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cloud.db")
	Place(t, path)
	db, err := sqlite.Connect(path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
