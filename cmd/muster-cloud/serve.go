package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// serveCommand is "muster-cloud serve". Its flags are the cloud's settings.
type serveCommand struct {
	Data          string   `help:"Folder for everything the cloud keeps." default:"${state}" type:"path"`
	Store         address  `help:"Database: postgres://user@host/name, which several clouds may share. Default: a file in the folder." env:"MUSTER_STORE" placeholder:"URL"`
	HTTP          string   `name:"http" help:"Address of console and API." default:"127.0.0.1:8080"`
	PublicURL     string   `name:"public-url" help:"What people type to reach the console. Default: the address of --http."`
	Device        string   `help:"Address where tablets are activated (TLS)." default:"127.0.0.1:8443"`
	DeviceURL     string   `name:"device-url" help:"What tablets use to reach it. Default: the address of --device."`
	MQTT          string   `name:"mqtt" help:"Address where tablets connect by MQTT (TLS)." default:"127.0.0.1:8883"`
	AdvertiseMQTT []string `name:"advertise-mqtt" help:"host:port that tablets are told to connect to. Default: the address of --mqtt."`
	Name          []string `help:"More DNS names and IP addresses for the server certificate."`
	TrustedProxy  proxies  `name:"trusted-proxy" help:"Network of the load balancers in front (CIDR), whose X-Forwarded-For at --http and PROXY protocol at --device are believed."`
	hubFlags
	mailFlags
	Drain           time.Duration `help:"How long to answer on after SIGTERM while /readyz says no, so that a load balancer notices." default:"0s"`
	MaxSkew         time.Duration `name:"max-skew" help:"How far this machine's clock may be from the PostgreSQL server's before it takes no tablets, so that no punch gets a wrong time; 0: never mind." default:"2s"`
	Simulator       string        `name:"simulator-url" help:"Address of a simulated tablet, such as the desk of \"muster-sim demo\"; the console's menu leads there."`
	UndoTime        time.Duration `name:"undo-time" help:"How long messages that somebody orders wait before they leave, so that the order can be taken back; 0: not at all." default:"20s"`
	APIRate         int           `name:"api-rate" help:"Requests a second that one API token may make." default:"50"`
	FaceKeys        string        `name:"face-key-file" help:"File with the keys that face pictures are encrypted with. Clouds on one database need the same. Default: one in the folder with SQLite; with PostgreSQL there is no Face ID then." type:"path" placeholder:"FILE"`
	CertificateLife time.Duration `name:"certificate-life" help:"How long a tablet's certificate is good." default:"2160h"`
	Feedback        feedback      `help:"Where people say what they think: an email address or a web page, linked from every page of console and portal. Default: the help." placeholder:"ADDRESS"`
	JSON            bool          `name:"json" help:"Print events as JSON on a terminal too."`
	Debug           bool          `help:"Log more."`
}

// Run runs the cloud until ctx ends.
func (c *serveCommand) Run(ctx context.Context) (err error) {
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	m, err := open(ctx, *c, time.Now, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := c.announce(ctx, os.Stdout, m); err != nil {
		return err
	}
	return m.Run(ctx)
}

// event is a line for whoever started the program.
type event struct {
	Event     string `json:"event"`
	URL       string `json:"url,omitempty"`
	HTTP      string `json:"http,omitempty"`
	Device    string `json:"device,omitempty"`
	MQTT      string `json:"mqtt,omitempty"`
	Authority string `json:"authority,omitempty"`
}

// announce says where the cloud is, and on the first start how to set it up: to
// programs as JSON, to people in words.
func (c *serveCommand) announce(ctx context.Context, w *os.File, m *Main) error {
	events := []event{{Event: "ready", HTTP: m.HTTPURL, Device: m.DeviceURL, MQTT: m.MQTT, Authority: m.Authority}}
	setup, err := m.setupURL(ctx)
	if err != nil {
		return err
	}
	if setup != "" {
		events = append([]event{{Event: "setup", URL: setup}}, events...)
	}
	write := inWords
	if c.JSON || !terminal(w) {
		write = func(w io.Writer, e event) error { return json.NewEncoder(w).Encode(e) }
	}
	for _, e := range events {
		if err := write(w, e); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

func inWords(w io.Writer, e event) (err error) {
	switch e.Event {
	case "setup":
		_, err = fmt.Fprintf(w, "This cloud is new. Set it up here, within 24 hours:\n\n    %s\n\n", e.URL)
	case "ready":
		_, err = fmt.Fprintf(w, "Console    %s\nTablets    %s, MQTT %s\nAuthority  %s\n", e.HTTP, e.Device, e.MQTT, e.Authority)
	}
	return err
}

func terminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
