package guard

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"muster/access"
)

// A handler that panics is answered for, and logged where it happened; one that wants to cut
// the connection does. Every answer has the headers, that one too.
func TestProgram(t *testing.T) {
	t.Parallel()
	var panics any
	var log bytes.Buffer
	h := Program(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if panics != nil {
			panic(panics)
		}
		_, _ = fmt.Fprint(w, "done")
	}), slog.New(slog.NewTextHandler(&log, nil)), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprint(w, "sorry")
	})
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/somewhere", nil))
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", w.Header())
		}
		return w
	}
	if w := ask(); w.Body.String() != "done" || log.Len() > 0 {
		t.Errorf("%s, logged %s", w.Body, &log)
	}
	panics = errors.New("a nil pointer")
	if w := ask(); w.Code != http.StatusInternalServerError || w.Body.String() != "sorry" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, want := range []string{"level=ERROR", "path=/somewhere", "a nil pointer", "program_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s: %s", want, &log)
		}
	}
	log.Reset()
	panics = http.ErrAbortHandler
	defer func() {
		if p := recover(); p != http.ErrAbortHandler || log.Len() > 0 {
			t.Errorf("the connection isn't cut: %v, logged %s", p, &log)
		}
	}()
	ask()
}

// Somebody whose token isn't in force is told so; what went wrong here is no such thing.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		access.ErrForbidden: true, access.ErrNotFound: true, access.ErrExpired: true,
		access.ErrUnavailable: false, access.ErrTooMany: false, errors.New("disk"): false,
	} {
		if got := Unknown(fmt.Errorf("sign in: %w", err)); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
	if Unknown(nil) {
		t.Error("nobody failed")
	}
}
