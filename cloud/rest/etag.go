package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// tagged is a response with a body and its version.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func tag[T any](v T) *tagged[T] { return &tagged[T]{ETag: version(v), Body: v} }

// version names what a thing is like now.
func version(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // what the API answers with always marshals
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// IfMatch is the header of a change that is to be made only while the thing is as
// the client knows it.
type IfMatch struct {
	Match string `header:"If-Match" doc:"The ETag of what is to be changed. Left out: whatever it is like."`
}

// check compares it with the thing as it is.
func (m IfMatch) check(now any) error {
	if m.Match == "" || strings.TrimSpace(m.Match) == "*" {
		return nil
	}
	for one := range strings.SplitSeq(m.Match, ",") {
		if strings.TrimSpace(one) == version(now) {
			return nil
		}
	}
	return problem(http.StatusPreconditionFailed, "Somebody has changed it meanwhile; read it again.")
}
