package swarm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"muster/attendance"
	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
	"muster/internal/barebroker"
	"muster/internal/stage"
)

// Pair is two clouds on one PostgreSQL, joined by a hub, that the swarm started for
// itself.
type Pair struct {
	API *stage.API // of the first

	bin      stage.Binaries
	options  [2]stage.CloudOptions
	clouds   [2]*stage.Cloud
	postgres *postgrestest.Server
	db       *postgres.DB
	endHub   func()
}

// names are what the replicas of a pair are called.
var names = [2]string{"alpha", "beta"}

// StartPair starts two clouds in a folder and founds an organisation.
func StartPair(ctx context.Context, bin stage.Binaries, dir string, log io.Writer) (_ *Pair, err error) {
	p := &Pair{bin: bin}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Stop())
		}
	}()
	if p.postgres, err = postgrestest.Start(ctx); err != nil {
		return nil, err
	}
	if err := p.postgres.Create(ctx, "cloud", "template0"); err != nil {
		return nil, err
	}
	hub, end, err := barebroker.Hub()
	if err != nil {
		return nil, err
	}
	p.endHub = end
	// The same port on two addresses, so that one name can stand for both.
	port, err := freePort("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		p.options[i] = stage.CloudOptions{
			Data: filepath.Join(dir, name), MQTT: fmt.Sprintf("127.0.0.%d:%d", i+1, port), Log: log,
			More: []string{
				"--api-rate", "100000", "--store", p.postgres.URL("cloud"), "--hub", hub, "--replica-name", name,
				"--advertise-mqtt", fmt.Sprintf("127.0.0.1:%d", port), "--advertise-mqtt", fmt.Sprintf("127.0.0.2:%d", port),
				"--name", twoFaced,
			},
		}
		if err := p.Start(ctx, i); err != nil {
			return nil, err
		}
	}
	p.API = &stage.API{Base: p.clouds[0].HTTP}
	var made struct {
		Token string `json:"token"`
	}
	if err := p.API.Do(ctx, http.MethodPost, "/api/v1/setup", map[string]any{
		"token": p.clouds[0].SetUpToken(), "organisation": "Swarm", "email": "swarm@example.org", "name": "Swarm",
		"password": "only for as long as the swarm lives", "language": "en",
	}, &made); err != nil {
		return nil, err
	}
	p.API.Token = made.Token
	p.db, err = postgres.Open(ctx, p.postgres.URL("cloud"))
	return p, err
}

// twoFaced is a name for both clouds, in the certificates of both.
const twoFaced = "both.muster.test"

// freePort returns a port that is free at all of some addresses.
func freePort(hosts ...string) (int, error) {
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort(hosts[0], "0"))
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		free := true
		for _, h := range hosts[1:] {
			other, err := net.Listen("tcp", net.JoinHostPort(h, fmt.Sprint(port)))
			if err != nil {
				free = false
				continue
			}
			err = other.Close()
			free = free && err == nil
		}
		if err := l.Close(); err != nil {
			return 0, err
		}
		if free {
			return port, nil
		}
	}
	return 0, errors.New("no port is free at all addresses")
}

// Start starts a cloud that doesn't run, at the addresses that it had.
func (p *Pair) Start(ctx context.Context, i int) error {
	c, err := stage.StartCloud(ctx, p.bin, p.options[i])
	if err != nil {
		return fmt.Errorf("start %s: %w", names[i], err)
	}
	p.clouds[i] = c
	p.options[i].HTTP, p.options[i].Device = strings.TrimPrefix(c.HTTP, "http://"), strings.TrimPrefix(c.Device, "https://")
	return nil
}

// Kill ends a cloud as a power cut would.
func (p *Pair) Kill(i int) error { return p.clouds[i].Kill() }

// Freeze stops a cloud in the midst of whatever it does: its sockets stay open,
// and nothing answers. Thaw has it go on.
func (p *Pair) Freeze(i int) error { return p.signal(i, syscall.SIGSTOP) }

// Thaw is the end of Freeze.
func (p *Pair) Thaw(i int) error { return p.signal(i, syscall.SIGCONT) }

func (p *Pair) signal(i int, s os.Signal) error {
	process, err := os.FindProcess(p.clouds[i].PID())
	if err != nil {
		return err
	}
	return process.Signal(s)
}

// at returns which tablets the console shows as online, and where.
func (p *Pair) at(ctx context.Context) (map[attendance.DeviceID]string, error) {
	rows, err := p.db.Read.QueryContext(ctx, `SELECT id, replica FROM devices WHERE online`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	at := map[attendance.DeviceID]string{}
	for rows.Next() {
		var id attendance.DeviceID
		var replica sql.NullString
		if err := rows.Scan(&id, &replica); err != nil {
			return nil, err
		}
		at[id] = replica.String
	}
	return at, rows.Err()
}

// Stop ends everything.
func (p *Pair) Stop() error {
	var errs []error
	for i, c := range p.clouds {
		if c != nil {
			_ = p.Thaw(i) // it may have ended
			errs = append(errs, c.Stop())
		}
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	if p.endHub != nil {
		p.endHub()
	}
	if p.postgres != nil {
		errs = append(errs, p.postgres.Stop())
	}
	return errors.Join(errs...)
}

// Device is where tablets are activated.
func (p *Pair) Device() string { return p.clouds[0].Device }

// Authority is the path of the authority's certificate.
func (p *Pair) Authority() string { return p.clouds[0].Authority }
