package pn532sim_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/nfc/pn532sim"
)

// tool runs one of libnfc's own programs against a reader.
func tool(t *testing.T, r *pn532sim.Reader, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: libnfc-bin, libnfc-examples)", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LIBNFC_DEFAULT_DEVICE="+r.Connstring(), "LIBNFC_AUTO_SCAN=false")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func open(t *testing.T) *pn532sim.Reader {
	t.Helper()
	r, err := pn532sim.Open(filepath.Join(t.TempDir(), "reader"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func mustCard(t *testing.T) func(*pn532sim.Card, error) *pn532sim.Card {
	return func(c *pn532sim.Card, err error) *pn532sim.Card {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func wantAll(t *testing.T, out string, want ...string) {
	t.Helper()
	squeezed := strings.Join(strings.Fields(out), " ")
	for _, w := range want {
		if !strings.Contains(squeezed, w) {
			t.Errorf("%q is missing in:\n%s", w, out)
		}
	}
}

// The distribution's own program is the judge of whether this is a PN532.
func TestNFCListSeesEachKindOfCard(t *testing.T) {
	t.Parallel()
	must := mustCard(t)
	for name, c := range map[string]struct {
		card *pn532sim.Card
		want []string
	}{
		"classic, 4 bytes": {must(pn532sim.Classic([]byte{0x3A, 0x5B, 0x7C, 0x9D})), []string{"(SENS_RES): 00 04", "(NFCID1): 3a 5b 7c 9d", "(SEL_RES): 08"}},
		"classic, 7 bytes": {must(pn532sim.Classic([]byte{4, 1, 2, 3, 4, 5, 6})), []string{"(SENS_RES): 00 44", "(NFCID1): 04 01 02 03 04 05 06"}},
		"ntag":             {must(pn532sim.NTAG([]byte{4, 1, 2, 3, 4, 5, 6})), []string{"(SENS_RES): 00 44", "(SEL_RES): 00"}},
		"10 bytes": {
			must(pn532sim.SmartCard([]byte{4, 1, 2, 3, 4, 5, 6, 7, 8, 9}, &pn532sim.Badge{})),
			[]string{"(SENS_RES): 00 84", "(NFCID1): 04 01 02 03 04 05 06 07 08 09", "(SEL_RES): 20", "ATS: 78 80 70 02 4d 55 53 54 45 52"},
		},
		"phone": {pn532sim.Phone(&pn532sim.Badge{}), []string{"(NFCID3): 08"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t)
			r.Put(c.card)
			wantAll(t, tool(t, r, "nfc-list", "-v"), append(c.want, "1 ISO14443A passive target(s) found")...)
		})
	}
}

func TestNFCListSeesTwoCardsAndNone(t *testing.T) {
	t.Parallel()
	r := open(t)
	wantAll(t, tool(t, r, "nfc-list", "-v"), "0 ISO14443A passive target(s) found")
	must := mustCard(t)
	r.Put(must(pn532sim.Classic([]byte{1, 2, 3, 4})))
	r.Put(must(pn532sim.NTAG([]byte{4, 1, 2, 3, 4, 5, 6})))
	wantAll(t, tool(t, r, "nfc-list", "-v"), "2 ISO14443A passive target(s) found", "01 02 03 04", "04 01 02 03 04 05 06")
}

func TestNFCPollWaitsForACard(t *testing.T) {
	t.Parallel()
	r := open(t)
	card := mustCard(t)(pn532sim.NTAG([]byte{4, 1, 2, 3, 4, 5, 6}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		waitFor(t, r, func(s pn532sim.State) bool { return s.Waiting })
		r.Put(card)
		waitFor(t, r, func(s pn532sim.State) bool { return len(s.Reads) == 1 && s.Reads[0] > 0 })
		r.Take(card) // nfc-poll ends when the card goes away again
	}()
	wantAll(t, tool(t, r, "nfc-poll"), "04 01 02 03 04 05 06")
	<-done
}

// waitFor waits until a reader is as wanted, or the test ends.
func waitFor(t *testing.T, r *pn532sim.Reader, want func(pn532sim.State) bool) {
	t.Helper()
	for {
		s, changed := r.State()
		if want(s) {
			return
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Error("the reader never came to the state wanted")
			return
		}
	}
}
