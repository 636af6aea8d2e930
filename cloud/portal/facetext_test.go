package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"muster/attendance"
	"muster/attendance/faceid"
	"muster/cloud/words/wordstest"
)

// consentTexts are what people read before they agree, by version: a hash over the
// texts in every language. What was agreed to must be known later, so a version is
// never changed, only followed by another.
var consentTexts = map[string]string{
	"2026-11": "63240e2c431fd758",
}

// Whoever changes a word of what people agree to gives it another version.
func TestB10TheTextOfTheConsentHasAVersion(t *testing.T) {
	t.Parallel()
	sum := sha256.New()
	for _, language := range attendance.Languages {
		said := wordstest.Messages(t, wordFiles, language)
		for _, key := range []string{"face.what-text", "face.for-text", "face.long-text", "face.without-text", "face.consent"} {
			fmt.Fprintf(sum, "%s %s: %s\n", language, key, said[key])
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != consentTexts[faceid.ConsentVersion] {
		t.Errorf("the texts are %s, version %s is %q: a changed text takes another faceid.ConsentVersion, a line here and one in docs/face-id.md", got, faceid.ConsentVersion, consentTexts[faceid.ConsentVersion])
	}
}
