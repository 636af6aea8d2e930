package rest_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// listening is a connection that notes when the bound for reading was set last.
type listening struct {
	*httptest.ResponseRecorder
	body  io.Reader
	read  bool // to its end
	bound bool // since then
}

func (l *listening) SetReadDeadline(until time.Time) error {
	l.bound = l.read && !until.IsZero()
	return nil
}

func (l *listening) Read(p []byte) (int, error) {
	n, err := l.body.Read(p)
	l.read = l.read || err == io.EOF
	return n, err
}

// While a request is worked on, the server listens whether the client is still there. A
// bound that ends then would look like a client that has gone, and end the work.
func TestNoBoundBehindABody(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for _, key := range []string{"", "once"} {
		l := &listening{ResponseRecorder: httptest.NewRecorder(), body: strings.NewReader(`{"last_name": "Late", "sites": ["` + o.north + `"]}`)}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/employees", l)
		r.Header.Set("Authorization", "Bearer "+o.admin)
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		o.Config.Handler.ServeHTTP(l, r)
		if l.Code != 201 || !l.read || l.bound {
			t.Errorf("with the key %q: %d %s; read: %v, bound afterwards: %v", key, l.Code, l.Body, l.read, l.bound)
		}
	}
}
