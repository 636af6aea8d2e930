package swarm

import (
	"os"
	"testing"
	"time"
)

// What a process takes is seen to grow when it takes more.
func TestUsage(t *testing.T) {
	before, err := UsageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if before.RSS == 0 || before.PSS == 0 || before.PSS > before.RSS || before.Peak == 0 {
		t.Errorf("%+v", before)
	}
	const more = 64 << 20
	block := make([]byte, more)
	for i := range block {
		block[i] = byte(i)
	}
	for u := before; u.CPU < before.CPU+3*jiffy; { // busy until it shows
		if u, err = UsageOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := AtRest(t.Context(), os.Getpid(), time.Millisecond)
	if err != nil || rest.RSS < before.RSS+more/2 || rest.PSS < before.PSS+more/2 || rest.Samples < 2 {
		t.Errorf("%d bytes more: %+v before, %+v now, %v", more, before, rest, err)
	}
	if block[more-1] == 0 {
		t.Error("the block is gone")
	}
	if _, err := UsageOf(1 << 30); err == nil {
		t.Error("a process that isn't there takes something")
	}
}
