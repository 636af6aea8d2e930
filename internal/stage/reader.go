package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Reader is a running simulator of a card reader.
type Reader struct {
	*process

	HTTP       string // its page and API
	Connstring string // what libnfc is told to open
}

// StartReader starts the simulator; link is the path that always leads to its
// terminal, also after it was unplugged and plugged in again.
func StartReader(ctx context.Context, b Binaries, link, addr string, log io.Writer) (*Reader, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	p, err := start("muster-sim reader", log, b.Sim, "reader", "--link", link, "--http", addr)
	if err != nil {
		return nil, err
	}
	ready, _, err := p.await(ctx, 0, "being ready", func(l line) bool { return l.str("event") == "ready" })
	if err != nil {
		_ = p.kill()
		return nil, err
	}
	return &Reader{process: p, HTTP: ready.str("http"), Connstring: ready.str("connstring")}, nil
}

// Tap puts a card on the reader, waits until it has been read and takes it off.
// A card is named by hexadecimal digits of its UID.
func (r *Reader) Tap(ctx context.Context, uid string) error {
	return r.post(ctx, "/api/tap", map[string]any{"uid": uid})
}

// TapCard taps a card of the simulator's own box by its name.
func (r *Reader) TapCard(ctx context.Context, name string) error {
	return r.post(ctx, "/api/tap", map[string]any{"card": name})
}

// Put lays a card on the reader and leaves it there.
func (r *Reader) Put(ctx context.Context, uid string) error {
	return r.post(ctx, "/api/put", map[string]any{"uid": uid})
}

// Off takes the card away.
func (r *Reader) Off(ctx context.Context) error { return r.post(ctx, "/api/off", nil) }

// Fault injects a fault by its name.
func (r *Reader) Fault(ctx context.Context, kind string) error {
	return r.post(ctx, "/api/fault", map[string]any{"kind": kind})
}

// Armed returns how many faults wait for a command that they fit.
func (r *Reader) Armed(ctx context.Context) (int, error) {
	var state struct {
		Faults []json.RawMessage `json:"faults"`
	}
	err := (&API{Base: r.HTTP}).Do(ctx, http.MethodGet, "/api/state", nil, &state)
	return len(state.Faults), err
}

// Unplug takes the reader away, Plug brings it back.
func (r *Reader) Unplug(ctx context.Context) error { return r.post(ctx, "/api/unplug", nil) }

// Plug brings an unplugged reader back.
func (r *Reader) Plug(ctx context.Context) error { return r.post(ctx, "/api/plug", nil) }

// Stop ends the simulator.
func (r *Reader) Stop() error { return r.stop() }

func (r *Reader) post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.HTTP+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("reader simulator: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	msg, _ := io.ReadAll(resp.Body)
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("reader simulator: %s: %s: %s", path, resp.Status, msg)
	}
	return nil
}
