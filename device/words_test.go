package device

import (
	"slices"
	"testing"
)

// Two people compare the words across a room: each must stand for one byte only.
func TestWordListIsOneToOne(t *testing.T) {
	t.Parallel()
	if len(wordList) != 256 {
		t.Fatalf("%d words, want one for each byte", len(wordList))
	}
	sorted := slices.Sorted(slices.Values(wordList))
	if len(slices.Compact(sorted)) != 256 {
		t.Error("a word stands twice in the list")
	}
}

func TestWordsDependOnTheKey(t *testing.T) {
	t.Parallel()
	a, b := Words([]byte("one key")), Words([]byte("another key"))
	if len(a) != 4 || slices.Equal(a, b) {
		t.Errorf("Words = %v and %v, want four words that differ", a, b)
	}
	if !slices.Equal(a, Words([]byte("one key"))) {
		t.Error("the same key has other words the second time")
	}
}
