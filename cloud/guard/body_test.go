package guard

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener for connections that are made in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

// dial serves h and returns a connection to it. Call it in a bubble of synctest.
func dial(t *testing.T, h http.HandlerFunc) net.Conn {
	t.Helper()
	here, there := net.Pipe()
	server, at := &http.Server{Handler: Body(h, time.Minute), IdleTimeout: time.Hour}, make(pipes, 1)
	at <- there
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(at) }()
	t.Cleanup(func() {
		close(at)
		_ = server.Close()
		<-ended
		_ = here.Close()
		<-time.After(time.Minute) // net/http lingers a little before it closes
	})
	return here
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func answered(t *testing.T, from *bufio.Reader) string {
	t.Helper()
	r, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A body that comes a byte at a time holds a handler for as long as was said, and no
// longer.
func TestASlowBodyEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writing sync.WaitGroup
		t.Cleanup(writing.Wait)
		began := time.Now()
		c := dial(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprint(w, Slow(err), " ", time.Since(began))
		})
		send(t, c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
		writing.Go(func() {
			for range time.Tick(time.Second) {
				if _, err := c.Write([]byte("a")); err != nil {
					return
				}
			}
		})
		if got := answered(t, bufio.NewReader(c)); got != "true 1m0s" {
			t.Errorf("the handler says %s", got)
		}
	})
}

// A handler that works for longer than the body might have taken isn't ended by that, and
// the connection is good for the next request.
func TestASlowHandlerDoesNot(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
		"chunks":   "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"nothing":  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.ReadAll(r.Body); err != nil {
						t.Error(err)
					}
					work, cancel := context.WithTimeout(r.Context(), 10*time.Minute)
					defer cancel()
					<-work.Done()
					_, _ = fmt.Fprint(w, work.Err())
				})
				from := bufio.NewReader(c)
				for range 2 {
					send(t, c, body)
					if got := answered(t, from); got != context.DeadlineExceeded.Error() {
						t.Errorf("the work was ended: %s", got)
					}
				}
			})
		})
	}
}
