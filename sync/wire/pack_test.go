package wire_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"muster/sync/wire"
)

func TestPackedChangesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 20).Draw(t, "changes")
		var changes []byte
		for _, c := range want {
			changes = wire.AppendChange(changes, c)
		}
		packed, err := wire.Pack(changes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.Unpack(packed)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d changes, %v", len(got), len(want), err)
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("change %d is %x, want %x", i, got[i], want[i])
			}
		}
	})
}

// A small message that would fill the memory is refused.
func TestBombIsRefused(t *testing.T) {
	t.Parallel()
	packed, err := wire.Pack(wire.AppendChange(nil, make([]byte, 64<<20)))
	if err != nil || len(packed) > 64<<10 {
		t.Fatalf("%d bytes, %v", len(packed), err)
	}
	if _, err := wire.Unpack(packed); err == nil {
		t.Error("64 MB out of a few kilobytes are taken")
	}
}

func FuzzUnpack(f *testing.F) {
	packed, err := wire.Pack(wire.AppendChange(nil, []byte("change")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		total := 0
		changes, err := wire.Unpack(body)
		for _, c := range changes {
			total += len(c)
		}
		if err == nil && total > 5<<20 {
			t.Errorf("%d bytes", total)
		}
	})
}
