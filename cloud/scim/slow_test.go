package scim_test

import (
	"io"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// connection is one whose bound for reading is noted, as it was said last.
type connection struct {
	*httptest.ResponseRecorder
	bound time.Duration
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.bound = time.Until(t).Round(5 * time.Second) // what passes until here is no matter
	return nil
}

// trickle is a body that doesn't come within the bound of its connection.
type trickle struct{ of *connection }

func (b trickle) Read([]byte) (int, error) {
	if b.of.bound == 0 {
		return 0, io.ErrUnexpectedEOF // no bound: it would be waited for as long as it likes
	}
	return 0, os.ErrDeadlineExceeded
}

// A body that comes a byte a second holds nobody for long, whether it is one that counts
// or comes along with what needs none; large groups have the time of a large body.
func TestASlowRequestEnds(t *testing.T) {
	t.Parallel()
	h := build(t)
	id := h.person("anna")
	for _, c := range []struct {
		method, path, token string
		within              time.Duration
		status              int
	}{
		{"POST", "/Users", h.token, 10 * time.Second, 408},
		{"PATCH", "/Users/" + id, h.token, 10 * time.Second, 408},
		{"POST", "/Groups", h.token, time.Minute, 408},
		{"POST", "/Groups", "guessed", 10 * time.Second, 401},
		{"GET", "/Users/" + id, h.token, 10 * time.Second, 200},
	} {
		w := &connection{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/scim/v2"+c.path, trickle{w})
		r.Header.Set("Authorization", "Bearer "+c.token)
		h.Config.Handler.ServeHTTP(w, r)
		if w.Code != c.status || w.bound != c.within {
			t.Errorf("%s %s: %d %s, bound to %v", c.method, c.path, w.Code, w.Body, w.bound)
		}
	}
}
