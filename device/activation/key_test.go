package activation

import (
	"slices"
	"testing"

	"muster/device"
)

// Somebody compares the words on two screens: a word that stands there twice looks
// like a mistake. Of a thousand keys drawn at random, twenty would have one.
func TestWordsOfAFirstKeyAllDiffer(t *testing.T) {
	t.Parallel()
	for range 1000 {
		der, err := firstKey()
		if err != nil {
			t.Fatal(err)
		}
		key, err := parseKey(der)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := public(key)
		if err != nil {
			t.Fatal(err)
		}
		words := device.Words(pub)
		if slices.Sort(words); len(slices.Compact(slices.Clone(words))) != 4 {
			t.Fatalf("words %v", words)
		}
	}
}
