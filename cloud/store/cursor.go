package store

import (
	"encoding/base64"
	"encoding/json"

	"muster/access"
)

// cursor marks a place in an ordered list by the keys of its last row, so that
// rows that come and go meanwhile are neither shown twice nor skipped.
type cursor struct {
	Sort []byte `json:"s,omitempty"` // of a person
	At   int64  `json:"t,omitempty"` // of a punch or refusal, microseconds
	ID   string `json:"i"`
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // bytes, a number and text always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(field, s string) (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(s) > 8192 || json.Unmarshal(b, &c) != nil || c.ID == "" {
		return cursor{}, access.Invalid{Field: field, Problem: access.Malformed}
	}
	return c, nil
}

// pageSize checks a limit that came from outside; 0 is the usual one.
func pageSize(limit, most int) (int, error) {
	switch {
	case limit == 0:
		return 50, nil
	case limit < 0 || limit > most:
		return 0, access.Invalid{Field: "limit", Problem: access.OutOfRange}
	default:
		return limit, nil
	}
}
