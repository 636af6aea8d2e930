package e2e_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"

	"muster/cloud/store/postgrestest"
	"muster/internal/stage"
)

// cluster is two clouds on one PostgreSQL, joined over a hub. The world's cloud
// is the first one.
type cluster struct {
	*world
	database string
	hub      *server.Server
	hubPort  int
	login    string // path of the hub's user and password
	clouds   [2]*stage.Cloud
	options  [2]stage.CloudOptions
}

// newCluster starts all of it, both clouds at the same time on a database with
// nothing in it.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	ctx := patient(t)
	c := &cluster{world: &world{t: t, ctx: ctx, dir: t.TempDir(), log: &logBuffer{}, programs: programs}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the programs said:\n%s", c.log)
		}
		if s := c.log.String(); strings.Contains(s, "DATA RACE") {
			t.Errorf("a program has a data race:\n%s", s)
		}
	})
	pg, err := postgrestest.Start(ctx, postgrestest.InMemory)
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	c.check(err)
	t.Cleanup(func() { _ = pg.Stop() })
	c.check(pg.Create(ctx, "cloud", "template0"))
	c.database = pg.URL("cloud")

	ports := freePorts(t, 3)
	c.hubPort = ports[2]
	c.login = filepath.Join(c.dir, "login")
	c.check(os.WriteFile(c.login, []byte("muster:a password of the hub\n"), 0o600))
	c.startHub()
	mqtt := [2]string{fmt.Sprintf("127.0.0.1:%d", ports[0]), fmt.Sprintf("127.0.0.1:%d", ports[1])}
	for i, name := range []string{"alpha", "beta"} {
		c.options[i] = stage.CloudOptions{
			Data: filepath.Join(c.dir, name), MQTT: mqtt[i], Log: c.log, Env: []string{"MUSTER_STORE=" + c.database},
			More: []string{
				"--hub", fmt.Sprintf("nats-leaf://127.0.0.1:%d", c.hubPort), "--hub-login", c.login, "--replica-name", name,
				"--advertise-mqtt", mqtt[0], "--advertise-mqtt", mqtt[1],
			},
		}
	}
	started := make(chan error, 2)
	for i := range c.clouds {
		go func() { started <- c.start(i) }()
	}
	c.check(errors.Join(<-started, <-started))
	c.cloud = c.clouds[0]
	for i := range c.clouds {
		c.awaitHub(i, "ok")
	}
	return c
}

// start starts a cloud, the second time at the addresses of the first.
func (c *cluster) start(i int) error {
	cloud, err := stage.StartCloud(c.ctx, c.programs, c.options[i])
	if err != nil {
		return err
	}
	c.clouds[i] = cloud
	c.options[i].HTTP = strings.TrimPrefix(cloud.HTTP, "http://")
	c.options[i].Device = strings.TrimPrefix(cloud.Device, "https://")
	c.t.Cleanup(func() { _ = cloud.Kill() })
	return nil
}

// startHub starts the hub of the deployment's own configuration.
func (c *cluster) startHub() {
	c.t.Helper()
	conf := filepath.Join(c.dir, "hub.conf")
	c.check(os.WriteFile(conf, readFile(c.t, "../../deploy/nats/hub.conf"), 0o600))
	c.check(os.WriteFile(filepath.Join(c.dir, "hub-password.conf"), []byte("MUSTER_HUB_PASSWORD: \"a password of the hub\"\n"), 0o600))
	o, err := server.ProcessConfigFile(conf)
	c.check(err)
	o.DontListen, o.HTTPPort, o.NoSigs, o.NoLog = true, 0, true, true
	o.LeafNode.Host, o.LeafNode.Port = "127.0.0.1", c.hubPort
	c.hub, err = server.NewServer(o)
	c.check(err)
	c.hub.Start()
	hub := c.hub
	c.t.Cleanup(func() { hub.Shutdown(); hub.WaitForShutdown() })
	if !hub.ReadyForConnections(time.Minute) {
		c.t.Fatal("no hub")
	}
}

// setUp founds the organisation with the secret that one cloud has given out, at
// another.
func (c *cluster) setUp(secretOf, at int) {
	c.t.Helper()
	c.api = &stage.API{Base: c.clouds[at].HTTP}
	var made struct {
		Token string `json:"token"`
	}
	c.post("/api/v1/setup", map[string]any{
		"token": c.clouds[secretOf].SetUpToken(), "organisation": "Example", "email": adminEmail,
		"name": "Ada", "password": adminPassword, "language": "en",
	}, &made)
	c.api.Token = made.Token
	c.site = c.newID("/api/v1/sites", map[string]any{"name": "Nord", "time_zone": "Europe/Berlin", "language": "en"})
}

// ask has the world speak to one of the clouds from now on.
func (c *cluster) ask(i int) {
	c.api = &stage.API{Base: c.clouds[i].HTTP, Token: c.api.Token}
}

type healthAnswer struct {
	Status   string   `json:"status"`
	Hub      string   `json:"hub"`
	Store    string   `json:"store"`
	Replicas []string `json:"replicas"`
}

// health asks a cloud how it is.
func (c *cluster) health(i int, path string) (h healthAnswer, status int) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.clouds[i].HTTP+path, nil)
	c.check(err)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return h, 0
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	c.check(json.NewDecoder(res.Body).Decode(&h))
	return h, res.StatusCode
}

func (c *cluster) awaitHub(i int, want string) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("cloud %d says of the hub: %s", i, want), func() bool {
		h, status := c.health(i, "/readyz")
		return h.Hub == want && status == http.StatusOK
	})
}

// whereabouts waits until a tablet is online at one of the clouds, and returns
// which by the database.
func (c *cluster) whereabouts(device string) (at int) {
	c.t.Helper()
	conn, err := pgx.Connect(c.ctx, c.database)
	c.check(err)
	defer conn.Close(c.ctx) //nolint:errcheck // only read
	at = -1
	c.eventually("the tablet is online somewhere", func() bool {
		var replica string
		var online bool
		c.check(conn.QueryRow(c.ctx, `SELECT replica, online FROM devices WHERE id = $1`, device).Scan(&replica, &online))
		for i, name := range []string{"alpha-", "beta-"} {
			if online && strings.HasPrefix(replica, name) && c.living(replica) {
				at = i
			}
		}
		return at >= 0
	})
	return at
}

// living tells whether a replica's run is one that has not been killed.
func (c *cluster) living(replica string) bool {
	for i, name := range []string{"alpha-", "beta-"} {
		if strings.HasPrefix(replica, name) {
			select {
			case <-c.clouds[i].Done():
				return false
			default:
				return true
			}
		}
	}
	return false
}

// visitor is somebody signed in to the console, with the cookies of one visit.
type visitor struct {
	c *cluster
	http.Client
}

func (c *cluster) visitor(at int) *visitor {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	c.check(err)
	b := &visitor{c: c, Client: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	form := strings.NewReader(url.Values{"email": {adminEmail}, "password": {adminPassword}}.Encode())
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.clouds[at].HTTP+"/login", form)
	c.check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.Do(req)
	c.check(err)
	c.check(res.Body.Close())
	if res.StatusCode != http.StatusSeeOther {
		c.t.Fatalf("sign in: %s", res.Status)
	}
	return b
}

// get opens a page at one of the clouds.
func (b *visitor) get(at int, path string) (status int, page string) {
	b.c.t.Helper()
	req, err := http.NewRequestWithContext(b.c.ctx, http.MethodGet, b.c.clouds[at].HTTP+path, nil)
	b.c.check(err)
	res, err := b.Do(req)
	b.c.check(err)
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	b.c.check(err)
	return res.StatusCode, string(text)
}

// live follows a live page until the test ends; each line of it comes out.
func (b *visitor) live(at int, path string) <-chan string {
	b.c.t.Helper()
	req, err := http.NewRequestWithContext(b.c.ctx, http.MethodGet, b.c.clouds[at].HTTP+path, nil)
	b.c.check(err)
	res, err := b.Do(req)
	b.c.check(err)
	if res.StatusCode != http.StatusOK {
		b.c.t.Fatalf("live page: %s", res.Status)
	}
	lines := make(chan string, 10_000)
	go func() {
		defer res.Body.Close() //nolint:errcheck // it is the other side's to end
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// sees waits for a line of a live page that holds a text.
func (c *cluster) sees(lines <-chan string, text string) {
	c.t.Helper()
	for {
		select {
		case l := <-lines:
			if strings.Contains(l, text) {
				return
			}
		case <-c.ctx.Done():
			c.t.Fatalf("the live page never showed %q", text)
		}
	}
}

// freePorts returns ports that nobody listens on, below those that the system
// gives out for outgoing connections.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range 1000 {
		port := 20_000 + rand.IntN(12_000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if ports = append(ports, port); len(ports) == n {
			return ports
		}
	}
	t.Fatal("no free ports")
	return nil
}
