package firmware_test

import (
	"testing"

	"muster/firmware"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	for module, want := range map[string]string{
		"": "development", "(devel)": "development", "v1.4.0": "v1.4.0",
		"v0.0.0-20261121205500-9e5b342aaaaa+dirty": "v0.0.0-20261121205500-9e5b342aaaaa+dirty",
	} {
		if got := firmware.Version(module); got != want {
			t.Errorf("Version(%q) = %q, want %q", module, got, want)
		}
	}
}
