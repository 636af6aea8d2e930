package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/sync/wire"
)

// open opens a store that the test closes.
func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// activated opens a store of a tablet that is somebody.
func activated(t *testing.T, dir string) *store.Store {
	t.Helper()
	s := open(t, dir)
	if err := s.Activate(t.Context(), grant()); err != nil {
		t.Fatal(err)
	}
	return s
}

func grant() device.Grant {
	return device.Grant{
		Identity: device.Identity{
			Device: attendance.NewID[attendance.DeviceID](), Org: attendance.NewID[attendance.OrgID](),
			Site: attendance.NewID[attendance.SiteID](), Name: "Gate 2", MQTT: []string{"127.0.0.1:8883"},
		},
		Credentials: device.Credentials{Current: device.Credential{Key: []byte("key"), Certificate: []byte("certificate")}},
		Settings:    device.Settings{Site: "Nord", TimeZone: "Europe/Berlin", CardKey: attendance.NewCardKey()},
	}
}

// journalOver opens a journal over the store; it panics, for want of a test.
func journalOver(s *store.Store) *journal.Journal {
	system, err := journal.OpenSystem()
	if err != nil {
		panic(err)
	}
	clock := journal.NewClock(system, device.ClockEstimate{})
	clock.Compared(0, time.Millisecond)
	j, err := journal.Open(context.Background(), s, clock)
	if err != nil {
		panic(err)
	}
	return j
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	activated(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o: others can read the tablet's key", e.Name(), info.Mode().Perm())
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v (%v)", info.Mode().Perm(), err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	if _, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageBusy) {
		t.Errorf("second open: %v, want busy", err)
	}
}

// A damaged file may hold punches that somebody saw accepted. It must stay where
// it is, byte for byte, and the tablet must say so.
func TestDamagedFileIsNeverReplaced(t *testing.T) {
	t.Parallel()
	damages := map[string]func(t *testing.T, path string){
		"not a database": func(t *testing.T, path string) { put(t, path, []byte(strings.Repeat("no database", 1000))) },
		"emptied":        func(t *testing.T, path string) { put(t, path, nil) },
		"a page overwritten": func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(text); i++ {
				text[i] ^= 0x5a
			}
			put(t, path, text)
		},
		"gone": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := activated(t, dir)
			j := journalOver(s)
			for range 50 {
				if _, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{Version: strings.Repeat("v", 200)}, device.Effect{}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "tablet.db")
			damage(t, path)
			before, _ := os.ReadFile(path)
			for range 2 {
				if s, err := store.Open(t.Context(), dir); !errors.Is(err, device.ErrStorageDamaged) {
					if err == nil {
						_ = s.Close()
					}
					t.Fatalf("open: %v, want damaged", err)
				}
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("opening changed the damaged file")
			}
			moved, err := store.SetAside(dir, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			fresh := open(t, dir)
			if _, ok, err := fresh.Identity(t.Context()); ok || err != nil {
				t.Errorf("after setting aside: identity %v, %v; want a new tablet", ok, err)
			}
			if name == "gone" {
				return
			}
			if kept, err := os.ReadFile(moved[0]); err != nil || !bytes.Equal(kept, before) {
				t.Errorf("the file that was set aside is not the damaged one: %v", err)
			}
		})
	}
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What has been kept is there after the next start.
func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	ctx := t.Context()
	if _, err := s.Head(ctx); !errors.Is(err, device.ErrNoStream) {
		t.Errorf("head before activation: %v", err)
	}
	if err := s.KeepProgress(ctx, device.Progress{Key: []byte("k"), UserCode: "BCDF-GHJK"}); err != nil {
		t.Fatal(err)
	}
	g := grant()
	if err := s.Activate(ctx, g); err != nil {
		t.Fatal(err)
	}
	j := journalOver(s)
	if _, err := j.Append(ctx, device.KindCommand, &wire.CommandPayload{CommandId: "c1", Outcome: "done"},
		device.Effect{Command: "c1", Outcome: "done", Lock: &device.Lock{Locked: true, Message: "closed", Command: "c1"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepRevoked(ctx, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir)
	if id, ok, err := s.Identity(ctx); !ok || err != nil || id.Device != g.Identity.Device || id.MQTT[0] != g.Identity.MQTT[0] {
		t.Errorf("identity %+v, %v, %v", id, ok, err)
	}
	if p, err := s.Progress(ctx); err != nil || len(p.Key) != 0 {
		t.Errorf("an activation that is through left progress behind: %+v, %v", p, err)
	}
	if set, err := s.Settings(ctx); err != nil || set != g.Settings {
		t.Errorf("settings %+v, %v", set, err)
	}
	if lock, err := s.Lock(ctx); err != nil || !lock.Locked || lock.Message != "closed" {
		t.Errorf("lock %+v, %v", lock, err)
	}
	if outcome, done, err := s.Command(ctx, "c1"); outcome != "done" || !done || err != nil {
		t.Errorf("command %q, %v, %v", outcome, done, err)
	}
	if yes, err := s.Revoked(ctx); !yes || err != nil {
		t.Errorf("revoked %v, %v", yes, err)
	}
}
