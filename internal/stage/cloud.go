package stage

import (
	"context"
	"io"
	"net/url"
)

// Cloud is a running muster-cloud.
type Cloud struct {
	*process

	HTTP      string // console and API, "http://127.0.0.1:8080"
	Device    string // where tablets are activated, "https://127.0.0.1:8443"
	MQTT      string // "host:port"
	Authority string // path of the CA certificate, PEM
	SetUpURL  string // the one-time link of a first start; empty later
}

// CloudOptions says how to start one. Addresses that are empty become free ports
// of the loopback interface.
type CloudOptions struct {
	Data               string // folder for everything it keeps
	HTTP, Device, MQTT string // "host:port"
	More               []string
	Env                []string // "name=value", added to the environment
	Log                io.Writer
}

// StartCloud starts the cloud and returns once it is ready to be used.
func StartCloud(ctx context.Context, b Binaries, o CloudOptions) (*Cloud, error) {
	or := func(addr string) string {
		if addr == "" {
			return "127.0.0.1:0"
		}
		return addr
	}
	args := append([]string{
		"serve", "--json", "--data", o.Data,
		"--http", or(o.HTTP), "--device", or(o.Device), "--mqtt", or(o.MQTT),
	}, o.More...)
	p, err := start("muster-cloud", o.Log, o.Env, b.Cloud, args...)
	if err != nil {
		return nil, err
	}
	c := &Cloud{process: p}
	ready, _, err := p.await(ctx, 0, "being ready", func(l line) bool {
		if l.str("event") == "setup" {
			c.SetUpURL = l.str("url")
		}
		return l.str("event") == "ready"
	})
	if err != nil {
		_ = p.kill()
		return nil, err
	}
	c.HTTP, c.Device, c.MQTT, c.Authority = ready.str("http"), ready.str("device"), ready.str("mqtt"), ready.str("authority")
	return c, nil
}

// SetUpToken returns the secret in the set-up link.
func (c *Cloud) SetUpToken() string {
	u, err := url.Parse(c.SetUpURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("token")
}

// Stop ends the cloud in order.
func (c *Cloud) Stop() error { return c.stop() }

// Kill ends it as a power cut would.
func (c *Cloud) Kill() error { return c.kill() }

// Done is closed once the cloud has ended, however it came to that.
func (c *Cloud) Done() <-chan struct{} { return c.done }

// PID returns the number of its process.
func (c *Cloud) PID() int { return c.cmd.Process.Pid }
