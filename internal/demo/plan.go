package demo

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
)

// plan is what stays the same from one run to the next: a tablet that was
// activated must find its cloud again at the same address.
type plan struct {
	HTTP, Device, MQTT int // ports of the cloud
	ReaderPage, Desk   int
	Kiosk, VNC         int // the kiosk in the browser
	Email, Password    string
}

// loadPlan reads the plan of an earlier run, or makes one: the usual ports where
// they are free, any others where they are not.
func loadPlan(path string) (plan, error) {
	var p plan
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &p); err != nil {
			return p, fmt.Errorf("read %s: %w; delete it to start afresh", path, err)
		}
		return p, nil
	case !errors.Is(err, fs.ErrNotExist):
		return p, fmt.Errorf("read the plan of the demonstration: %w", err)
	}
	p.Email, p.Password = "admin@demo.example", password()
	for _, want := range []struct {
		port *int
		like int
	}{
		{&p.HTTP, 8080}, {&p.Device, 8443}, {&p.MQTT, 8883}, {&p.ReaderPage, 8092}, {&p.Desk, 8090}, {&p.Kiosk, 6080}, {&p.VNC, 5980},
	} {
		if *want.port, err = freePort(want.like); err != nil {
			return p, err
		}
	}
	if b, err = json.MarshalIndent(p, "", "  "); err != nil {
		return p, err
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return p, fmt.Errorf("keep the plan of the demonstration: %w", err)
	}
	return p, nil
}

func (plan) addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePort returns the port that is liked, or one above it that nobody listens on.
func freePort(like int) (int, error) {
	for port := like; port < like+100; port++ {
		l, err := net.Listen("tcp", plan{}.addr(port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", like, like+99)
}

// password draws one that is quickly typed and not found in any list: 16 letters
// in groups of four, 75 bits.
func password() string {
	const letters = "abcdefghjkmnpqrstuvwxyz2346789"
	var b [16]byte
	_, _ = rand.Read(b[:])
	out := make([]byte, 0, 19)
	for i, r := range b {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		out = append(out, letters[int(r)%len(letters)])
	}
	return string(out)
}
