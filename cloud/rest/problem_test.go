package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/access"
)

func TestErrorsOfTheStoresBecomeProblems(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		err    error
		status int
		code   string
		logged bool
	}{
		{t.Context(), fmt.Errorf("x: %w", access.ErrNotFound), 404, "not-found", false},
		{t.Context(), access.ErrForbidden, 403, "forbidden", false},
		{t.Context(), fmt.Errorf("x: %w", access.ErrConflict), 409, "conflict", false},
		{t.Context(), access.ErrExpired, 410, "expired", false},
		{t.Context(), access.ErrTooMany, 429, "too-many", false},
		{t.Context(), fmt.Errorf("x: %w", access.Invalid{Field: "name", Problem: access.Taken}), 422, "invalid", false},
		{gone, fmt.Errorf("read: %w", context.Canceled), 503, "unavailable", false},
		{t.Context(), errors.New("disk I/O error in secret-table"), 500, "internal", true},
	} {
		var log bytes.Buffer
		var p *Problem
		if !errors.As(fail(c.ctx, slog.New(slog.NewTextHandler(&log, nil)), "op", c.err), &p) {
			t.Fatalf("%v is no problem", c.err)
		}
		if p.Status != c.status || p.Code != c.code || p.Title == "" || p.Detail == "" {
			t.Errorf("%v becomes %+v", c.err, p)
		}
		if strings.Contains(log.String(), "secret-table") != c.logged || strings.Contains(p.Error(), "secret-table") {
			t.Errorf("%v: logged %q, told %q", c.err, &log, p)
		}
	}
}

// Every key of package access has words.
func TestEveryProblemIsExplained(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		access.Required, access.TooShort, access.TooLong, access.TooBig, access.Malformed, access.Unknown, access.UnknownZone, access.Taken,
		access.OutOfRange, access.Guessable, access.OneCharacter, access.RandomNumber, access.LastAdmin, access.NotAPhoto, access.Weak, access.HEIC,
	} {
		if explain[key] == "" {
			t.Errorf("%q has no words", key)
		}
	}
	for status, code := range codes {
		if http.StatusText(status) == "" || code == "" {
			t.Errorf("status %d has the code %q", status, code)
		}
	}
}

// A handler that panics costs one request, not the program, and its reason is
// told to the log only.
func TestAPanicIsCaught(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := &api{Config: Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now}}
	w := httptest.NewRecorder()
	a.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the inner reason") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/me", nil))
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Code != "internal" || strings.Contains(w.Body.String(), "reason") {
		t.Errorf("%d %s (%v)", w.Code, w.Body, err)
	}
	if !strings.Contains(log.String(), "the inner reason") {
		t.Errorf("log: %s", &log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("a handler can't abort its connection any more")
		}
	}()
	a.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/me", nil))
}
