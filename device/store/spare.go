package store

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"muster/device"
)

// spareFile is a second copy of the little that a tablet can't get anywhere
// else: who it is, its keys, and the ids of its streams, without which no row's
// hash can be checked. It is read only when the database is damaged.
const spareFile = "tablet.spare"

// spare is its content.
type spare struct {
	Identity    device.Identity
	Credentials device.Credentials
	Settings    device.Settings
	Lock        device.Lock
	Revoked     bool
	Streams     map[int64]uuid.UUID
	// Streams of whoever the tablet was before, and who that was, where it is known.
	Held   []int64         `json:",omitempty"`
	Before device.Identity `json:",omitzero"`
	// What was settled of streams that were left: nothing else tells it.
	Bygone []bygone `json:",omitempty"`
}

// keepSpare brings the second copy up to date. That it fails is no reason to
// refuse what has been committed: the next change or start tries again.
func (s *Store) keepSpare(ctx context.Context) {
	s.sparing.Lock()
	defer s.sparing.Unlock()
	var v spare
	if err := readSpareFrom(ctx, s, &v); err != nil || v.Identity.Device == "" {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		return
	}
	sum := sha256.Sum256(text)
	text = append(sum[:], text...)
	path := filepath.Join(s.dir, spareFile)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return
	}
	_ = replaceFile(path, text)
}

func readSpareFrom(ctx context.Context, s *Store, v *spare) error {
	for _, part := range []struct {
		name string
		v    any
	}{
		{stateIdentity, &v.Identity},
		{stateCredentials, &v.Credentials},
		{stateSettings, &v.Settings},
		{stateLock, &v.Lock},
		{stateRevoked, &v.Revoked},
		{stateBefore, &v.Before},
	} {
		if _, err := getState(ctx, s.write, part.name, part.v); err != nil {
			return err
		}
	}
	rows, err := s.write.QueryContext(ctx, `SELECT no, id, held FROM streams ORDER BY no`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	v.Streams = map[int64]uuid.UUID{}
	for rows.Next() {
		var no int64
		var id []byte
		var held bool
		if err := rows.Scan(&no, &id, &held); err != nil {
			return err
		}
		if held {
			v.Held = append(v.Held, no)
		}
		if v.Streams[no], err = uuid.FromBytes(id); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return v.readBygone(ctx, s.write)
}

// replaceFile puts a file in the place of another, whole or not at all.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// loadSpare reads the second copy; ok is false unless it is what was written.
func loadSpare(path string) (v spare, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || len(text) < sha256.Size {
		return spare{}, false
	}
	sum := sha256.Sum256(text[sha256.Size:])
	if !bytes.Equal(sum[:], text[:sha256.Size]) || json.Unmarshal(text[sha256.Size:], &v) != nil {
		return spare{}, false
	}
	return v, true
}

// sound tells whether keys and certificate belong together and to this tablet.
func (v spare) sound() bool {
	c := v.Credentials
	key, err := x509.ParsePKCS8PrivateKey(c.Current.Key)
	if err != nil {
		return false
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return false
	}
	cert, err := x509.ParseCertificate(c.Current.Certificate)
	if err != nil {
		return false
	}
	authority, err := x509.ParseCertificate(c.Authority)
	return err == nil && cert.CheckSignatureFrom(authority) == nil && private.PublicKey.Equal(cert.PublicKey) &&
		cert.Subject.CommonName == string(v.Identity.Device) && v.Identity.Org != "" && len(v.Identity.MQTT) > 0
}
