package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"muster/cloud/store"
)

const (
	facesEvery = time.Minute // between looks for what is over
	keysMost   = 64 << 10    // bytes of a key file
)

// faceKeys reads the keys for face pictures. They stay outside of the database. A
// cloud that is alone on a file of its own makes them, in its folder, where none are
// named; clouds that share a database must be given the same. nil: there is no Face ID.
func (m *Main) faceKeys(c serveCommand) (*store.FaceKeys, error) {
	path := c.FaceKeys
	if path == "" {
		if c.Store.postgres() {
			return nil, nil
		}
		path = m.folder.faceKeys()
		if err := makeFaceKeys(path); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--face-key-file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, keysMost))
	if err != nil {
		return nil, fmt.Errorf("--face-key-file: %w", err)
	}
	defer clear(text)
	keys, err := store.ParseFaceKeys(text)
	if err != nil {
		return nil, fmt.Errorf("--face-key-file %s: %w", path, err)
	}
	return keys, nil
}

// makeFaceKeys makes a file with one key, unless it is there. It is whole or not
// there at all, and on the disk before anything is encrypted with it.
func makeFaceKeys(path string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "key-*")
	if err != nil {
		return fmt.Errorf("make a key for face pictures: %w", err)
	}
	_, err = f.WriteString(store.NewFaceKey())
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("make a key for face pictures: %w", err), os.RemoveAll(f.Name()))
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lookAfterFaces ends requests that nobody answered, and clears away what is left of
// pictures that were destroyed, until ctx ends.
func (m *Main) lookAfterFaces(ctx context.Context) {
	m.rewrapFaces(ctx)
	tick := time.NewTicker(facesEvery)
	defer tick.Stop()
	for {
		if err := m.sweepFaces(ctx); err != nil && ctx.Err() == nil {
			m.log.Error("face references", "err", err) // the next time is soon enough
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *Main) sweepFaces(ctx context.Context) error {
	_, purged, err := m.store.SweepFaceIDs(ctx)
	if purged > 0 {
		m.log.Info("pictures of people who can't sign in any more were destroyed", "pictures", purged)
	}
	return errors.Join(err, m.store.WipeFaces(ctx))
}

// rewrapFaces has the first key of the file take the place of the others.
func (m *Main) rewrapFaces(ctx context.Context) {
	rewrapped, lost, err := m.store.RewrapFaces(ctx)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			m.log.Error("keys of face pictures", "err", err)
		}
		return
	case rewrapped > 0:
		m.log.Info("face pictures go by the newest key now", "pictures", rewrapped)
	}
	if lost > 0 {
		m.log.Warn("face pictures can't be opened: their key is not in --face-key-file", "pictures", lost)
	}
}
