package tablet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/journal"
	"muster/device/store"
	"muster/sync/wire"
	"muster/ui/scene"
)

// activated makes the folder of a tablet that is somebody's, and has do change it.
func activated(t *testing.T, do func(*store.Store, *journal.Journal) error) string {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // what it holds is committed
	err = s.Activate(t.Context(), device.Grant{
		Identity:    device.Identity{Device: attendance.NewID[attendance.DeviceID](), Org: attendance.NewID[attendance.OrgID](), Site: attendance.NewID[attendance.SiteID]()},
		Credentials: device.Credentials{Current: device.Credential{Certificate: []byte("never shown to anybody")}},
		Settings:    device.Settings{Site: "Nord", Language: "de", ResultTime: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	system, err := journal.OpenSystem()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(t.Context(), s, journal.NewClock(system, device.ClockEstimate{}))
	if err == nil {
		err = do(s, j)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Whoever taps where nothing is taken is told so each time, with the reason, and
// then sees again why that is.
func TestTapWhereNothingIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want  attendance.Reason
		dir   func(t *testing.T) string
		fails error // of the store
		rest  scene.Scene
	}{
		{want: attendance.Locked, rest: scene.Locked{Message: "Inventur", Site: "Nord"}, dir: func(t *testing.T) string {
			t.Helper()
			return activated(t, func(_ *store.Store, j *journal.Journal) error {
				_, err := j.Append(t.Context(), device.KindStarted, &wire.StartedPayload{}, device.Effect{Lock: &device.Lock{Locked: true, Message: "Inventur"}})
				return err
			})
		}},
		{want: attendance.Revoked, rest: scene.Revoked{}, dir: func(t *testing.T) string {
			t.Helper()
			return activated(t, func(s *store.Store, _ *journal.Journal) error { return s.KeepRevoked(t.Context(), true) })
		}},
		{want: attendance.StorageFull, fails: fmt.Errorf("open: %w", device.ErrStorageFull), rest: scene.Fault{
			Storage: true, Reader: device.ReaderStarting, Detail: device.ErrStorageFull.Error(),
		}, dir: func(t *testing.T) string { t.Helper(); return t.TempDir() }},
	} {
		t.Run(string(c.want), func(t *testing.T) {
			t.Parallel()
			h, f := hand{make(chan attendance.Tap)}, make(film, 100)
			tab, err := Open(Config{
				Data: c.dir(t), Cloud: "https://cloud.example", Reader: h, Kiosk: f, Intents: &Intents{}, Logger: slog.New(slog.DiscardHandler),
				OpenStore: func(ctx context.Context, dir string) (*store.Store, error) {
					if c.fails != nil {
						return nil, c.fails
					}
					return store.Open(ctx, dir)
				},
				Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") },
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- tab.Run(ctx) }()

			rest := func(s scene.Scene) bool { return reflect.DeepEqual(s, c.rest) }
			f.until(t, rest)
			for range 2 {
				h.taps <- attendance.Tap{UID: []byte{4, 1, 2, 3, 4, 5, 6}, At: time.Now()}
				f.until(t, func(s scene.Scene) bool {
					r, ok := s.(scene.Result)
					return ok && !r.Receipt.Accepted && r.Receipt.Reason == c.want && (c.fails != nil || r.Settings.Language == "de")
				})
			}
			f.until(t, rest)
			cancel()
			<-done
			if err := tab.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
