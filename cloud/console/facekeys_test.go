package console_test

import (
	"testing"

	"muster/cloud/store"
)

// faceKeys are keys for face pictures.
func faceKeys(t testing.TB) *store.FaceKeys {
	t.Helper()
	k, err := store.ParseFaceKeys([]byte(store.NewFaceKey()))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
