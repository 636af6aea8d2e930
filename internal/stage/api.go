package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// API is a client of the cloud's public API.
type API struct {
	Base    string // "http://127.0.0.1:8080"
	Token   string
	Patient bool // it waits, as long as it is told to, where it asks too much (429)
}

// Refused is an answer other than success.
type Refused struct {
	Status int
	Body   string
}

// Error says what the API answered.
func (r *Refused) Error() string { return fmt.Sprintf("the API answers %d: %s", r.Status, r.Body) }

// Do sends a request with a JSON body (none when in is nil) and reads the answer
// into out, unless that is nil.
func (a *API) Do(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	for {
		wait, err := a.once(ctx, method, path, body, out)
		if wait == 0 || !a.Patient {
			return err
		}
		over := time.NewTimer(wait)
		select {
		case <-over.C:
		case <-ctx.Done():
			over.Stop()
			return err
		}
	}
}

// Bounds of what is waited for an API that is asked too much: it says how long in
// whole seconds, or does not.
const (
	shortWait = time.Second
	longWait  = 5 * time.Minute
)

// once asks once. wait is for how long the API wants not to be asked again; 0 where
// it has answered.
func (a *API) once(ctx context.Context, method, path string, in []byte, out any) (wait time.Duration, err error) {
	var body io.Reader
	if in != nil {
		body = bytes.NewReader(in)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Base+path, body)
	if err != nil {
		return 0, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.Token != "" {
		req.Header.Set("Authorization", "Bearer "+a.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	case resp.StatusCode/100 != 2:
		err := fmt.Errorf("%s %s: %w", method, path, &Refused{resp.StatusCode, string(answer)})
		if resp.StatusCode != http.StatusTooManyRequests {
			return 0, err
		}
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) //nolint:errcheck // a short wait then
		return min(max(time.Duration(seconds)*time.Second, shortWait), longWait), err
	case out == nil:
		return 0, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return 0, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return 0, nil
}
