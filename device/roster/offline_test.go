package roster_test

import (
	"testing"

	"muster/attendance"
	"muster/device/store"
	"muster/sync/wire"
)

// What the site does without a line comes with its settings and holds after a
// restart, when nobody tells it again; a word that this version doesn't know, and
// none at all, refuse nobody.
func TestK29SettingIsKeptOffline(t *testing.T) {
	t.Parallel()
	for told, want := range map[string]attendance.Offline{
		"refused": attendance.OfflineRefused, "approval": attendance.OfflineApproval, "allowed": attendance.OfflineAllowed, "": attendance.OfflineAllowed, "on-full-moon": attendance.OfflineAllowed,
	} {
		dir := t.TempDir()
		s, err := store.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		change := settingsChange()
		change.GetSettings().Offline = told
		r := open(t, s)
		if _, err := r.Apply(t.Context(), &wire.FeedPage{Epoch: "e", To: 1, Head: 1, Snapshot: true, Changes: []*wire.Change{change}}); err != nil || r.Settings().Offline != want {
			t.Errorf("%q: %q, %v", told, r.Settings().Offline, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = store.Open(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		if got := open(t, s).Settings().Offline; got != want {
			t.Errorf("%q: %q after a restart", told, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
