package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"

	"muster/cloud/store/postgres"
	"muster/cloud/store/postgrestest"
)

// Telegraf is the usual way from MQTT into PostgreSQL. This is how many rows a
// second it commits, beside ours in the same run: the same punches, as JSON, from as
// many publishers with as many messages under way, QoS 1; a broker that holds nothing
// back; a server of the same kind. It runs in three settings, see telegrafSettings.
// Then it is killed in the middle and started again: lost is what the broker had
// confirmed to a publisher and no table has, doubled what one has twice.
// scripts/telegraf-bench builds it and runs this.
func BenchmarkTelegraf(b *testing.B) {
	program := os.Getenv("MUSTER_TELEGRAF")
	if program == "" {
		b.Skip("MUSTER_TELEGRAF doesn't say where Telegraf is; see scripts/telegraf-bench")
	}
	for _, per := range []int{10, 100} {
		b.Run(fmt.Sprintf("rows=%d", per), func(b *testing.B) {
			for range b.N {
				ours := oursAlone(b, per)
				b.ReportMetric(ours, "rows/s")
				for _, setting := range telegrafSettings {
					run := newTelegraf(b, program, per, setting)
					theirs := run.measure()
					lost, doubled := run.kill()
					run.end()
					b.Logf("ours %.0f rows/s, Telegraf %s %.0f rows/s: %.2f; killed, it lost %d and doubled %d", ours, setting.name, theirs, ours/theirs, lost, doubled)
					b.ReportMetric(theirs, "telegraf-"+setting.name+"-rows/s")
					b.ReportMetric(ours/theirs, "x-telegraf-"+setting.name)
				}
			}
		})
	}
}

// telegrafSetting is one way to run Telegraf.
type telegrafSetting struct {
	name  string
	agent string // lines of its configuration
	input string
	alike bool // mutual TLS, and a table in which a punch can be found again
}

var telegrafSettings = []telegrafSetting{
	// As it comes: nothing set that has a default.
	{name: "shipped"},
	// Batches as large as pay here, no TLS, a table without any index.
	{name: "tuned", agent: telegrafLarge, input: "max_undelivered_messages = 2000"},
	// The same, doing what ours can't leave out: each publisher and Telegraf have a
	// certificate, and the table has an index by id and one by person and time.
	{name: "alike", agent: telegrafLarge, input: "max_undelivered_messages = 2000", alike: true},
}

const telegrafLarge = `
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000`

// What each publisher sends in one of these runs.
const telegrafRows = 4000

// oursAlone returns how many rows a second go through the cloud.
func oursAlone(b *testing.B, per int) float64 {
	_, url := startPostgres(b)
	c := startCloudOn(b, b.TempDir(), url).found()
	defer c.end()
	c.clock.forward(-rateTablets * time.Minute)
	senders := make([]*sender, rateTablets)
	for i := range senders {
		c.clock.forward(time.Minute)
		senders[i] = newSender(c, (telegrafRows+roundRows)/per, per)
	}
	send := func(rows int) time.Duration {
		begin := time.Now()
		var wg sync.WaitGroup
		for _, s := range senders {
			wg.Go(func() { s.send(b, rows/per, rateWindow) })
		}
		wg.Wait()
		return time.Since(begin)
	}
	send(roundRows) // to get warm
	return rateTablets * telegrafRows / send(telegrafRows).Seconds()
}

// telegraf is Telegraf between a plain broker and a database.
type telegraf struct {
	b       *testing.B
	program string
	config  string
	per     int
	broker  *server.Server
	server  *postgrestest.Server
	db      *postgres.DB
	clients []mqtt.Client
	process *exec.Cmd
	certs   *telegrafCerts // nil: no TLS
	kept    atomic.Int64   // rows that the broker has confirmed to publishers
}

func newTelegraf(b *testing.B, program string, per int, setting telegrafSetting) *telegraf {
	b.Helper()
	t := &telegraf{b: b, program: program, per: per, config: filepath.Join(b.TempDir(), "telegraf.conf")}
	var url address
	t.server, url = startPostgres(b)
	db, err := postgres.Connect(string(url))
	t.check(err)
	t.db = db
	options := &server.Options{
		ServerName: "plain", DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: b.TempDir(),
		MaxPending: 1 << 30, // a subscriber that is slow isn't cut off
		MQTT:       server.MQTTOpts{Host: "127.0.0.1", Port: -1, MaxAckPending: 2000},
	}
	scheme, secured, table := "tcp", "", ""
	if setting.alike {
		t.certs = newTelegrafCerts(b)
		options.MQTT.TLSConfig, options.MQTT.TLSTimeout = t.certs.server(), 30
		scheme, secured, table = "ssl", t.certs.config(), telegrafIndexes
	}
	t.broker, err = server.NewServer(options)
	t.check(err)
	t.broker.Start()
	if !t.broker.ReadyForConnections(patience) {
		b.Fatal("the broker isn't ready")
	}
	at := net.JoinHostPort("127.0.0.1", strconv.Itoa(t.port()))
	t.check(os.WriteFile(t.config, []byte(fmt.Sprintf(`
[agent]
  omit_hostname = true
%s
[[inputs.mqtt_consumer]]
  servers = ["%s://%s"]
  topics = ["punches/#"]
  topic_tag = ""
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  name_override = "punches"
  data_format = "json"
  json_time_key = "at"
  json_time_format = "unix_us"
  json_string_fields = ["*"]
  %s
%s
[[outputs.postgresql]]
  connection = "%s&pool_max_conns=%d"
%s
`, setting.agent, scheme, at, setting.input, secured, url, url.writers(), table)), 0o600))
	t.start()
	t.clients = make([]mqtt.Client, rateTablets)
	for i := range t.clients {
		options := mqtt.NewClientOptions().AddBroker(scheme + "://" + at).SetClientID(fmt.Sprintf("tablet%d", i)).SetProtocolVersion(4).SetAutoReconnect(false)
		if t.certs != nil {
			options.SetTLSConfig(t.certs.client())
		}
		t.clients[i] = mqtt.NewClient(options)
		if token := t.clients[i].Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
			b.Fatal("connect: ", token.Error())
		}
	}
	// It is there when it has stored something, which makes its table too.
	for deadline := time.Now().Add(patience); t.rows() == 0; {
		if time.Now().After(deadline) {
			b.Fatal("Telegraf stores nothing")
		}
		t.send(t.write(t.per))
		time.Sleep(100 * time.Millisecond)
	}
	t.settle(5 * time.Second)
	t.kept.Store(t.rows()) // what was sent before it had subscribed was for nobody
	return t
}

func (t *telegraf) check(err error) {
	t.b.Helper()
	if err != nil {
		t.b.Fatal(err)
	}
}

func (t *telegraf) port() int {
	v, err := t.broker.Varz(nil)
	t.check(err)
	return v.MQTT.Port
}

func (t *telegraf) start() {
	t.process = exec.Command(t.program, "--config", t.config, "--quiet")
	t.process.Stderr, t.process.SysProcAttr = os.Stderr, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	t.check(t.process.Start())
}

// write makes messages of so many rows for each publisher.
func (t *telegraf) write(rows int) [][][]byte {
	all := make([][][]byte, len(t.clients))
	for i := range all {
		for range rows / t.per {
			all[i] = append(all[i], t.body())
		}
	}
	return all
}

// send has each publisher send its messages, and waits until the broker has
// confirmed them.
func (t *telegraf) send(bodies [][][]byte) {
	var wg sync.WaitGroup
	for i, c := range t.clients {
		wg.Go(func() {
			tokens := make(chan mqtt.Token, rateWindow)
			go func() {
				for _, body := range bodies[i] {
					tokens <- c.Publish(fmt.Sprintf("punches/%d", i), 1, false, body)
				}
				close(tokens)
			}()
			for token := range tokens {
				if !token.WaitTimeout(patience) || token.Error() != nil {
					t.b.Error("publish: ", token.Error())
					continue
				}
				t.kept.Add(int64(t.per))
			}
		})
	}
	wg.Wait()
}

// body is a message of punches with what a row of ours has.
func (t *telegraf) body() []byte {
	type punch struct {
		ID      string `json:"id"`
		Org     string `json:"org"`
		Site    string `json:"site"`
		Device  string `json:"device"`
		Stream  string `json:"stream"`
		Seq     int    `json:"seq"`
		Profile string `json:"profile"`
		Way     string `json:"direction"`
		Boot    string `json:"boot"`
		Mono    int64  `json:"monotonic"`
		Offset  int64  `json:"clock_offset"`
		Width   int64  `json:"uncertainty"`
		Trust   int    `json:"trust"`
		At      int64  `json:"at"`
		Prev    []byte `json:"prev"`
		Hash    []byte `json:"hash"`
	}
	all := make([]punch, t.per)
	id := uuid.NewString()
	for i := range all {
		all[i] = punch{
			ID: uuid.Must(uuid.NewV7()).String(), Org: id, Site: id, Device: id, Stream: id, Seq: i, Profile: id, Way: "in", Boot: "boot", Mono: 3600e6,
			Offset: 2e6, Width: 1000, Trust: 1, At: time.Now().UnixMicro(), Prev: make([]byte, 32), Hash: make([]byte, 32),
		}
	}
	body, err := json.Marshal(all)
	t.check(err)
	return body
}

// rows counts what is stored, 0 while there is no table.
func (t *telegraf) rows() (n int64) {
	if t.db.Read.QueryRow(`SELECT count(*) FROM punches`).Scan(&n) != nil {
		return 0
	}
	return n
}

// resent is longer than the broker waits (30 s) before it sends again what was not
// acknowledged.
const resent = 45 * time.Second

// settle waits until everything is stored, or nothing has been for a while.
func (t *telegraf) settle(idle time.Duration) (last time.Time) {
	n := t.rows()
	last = time.Now()
	for time.Since(last) < idle && n < t.kept.Load() {
		time.Sleep(20 * time.Millisecond)
		if now := t.rows(); now > n {
			n, last = now, time.Now()
		}
	}
	return last
}

// measure returns how many rows a second are committed.
func (t *telegraf) measure() float64 {
	bodies := t.write(telegrafRows)
	before, begin := t.rows(), time.Now()
	t.send(bodies)
	took := t.settle(resent).Sub(begin)
	if n := t.rows(); n < t.kept.Load() {
		t.b.Logf("Telegraf has stored %d of %d, without being killed", n, t.kept.Load())
	}
	return float64(t.rows()-before) / took.Seconds()
}

// kill sends the same once more, kills Telegraf in the middle, starts it again and
// returns what is missing in the end, and what is there more than once.
func (t *telegraf) kill() (lost, doubled int64) {
	before, bodies := t.rows(), t.write(telegrafRows)
	done := make(chan struct{})
	go func() {
		t.send(bodies)
		close(done)
	}()
	for t.rows() < before+rateTablets*telegrafRows/4 {
		time.Sleep(10 * time.Millisecond)
	}
	t.check(t.process.Process.Kill())
	_ = t.process.Wait() //nolint:errcheck // it was killed
	t.start()
	<-done
	t.settle(resent)
	var unlike int64
	t.check(t.db.Read.QueryRow(`SELECT count(DISTINCT id) FROM punches`).Scan(&unlike))
	return t.kept.Load() - unlike, t.rows() - unlike
}

func (t *telegraf) end() {
	for _, c := range t.clients {
		c.Disconnect(0)
	}
	t.check(errors.Join(t.process.Process.Kill(), t.db.Close()))
	_ = t.process.Wait() //nolint:errcheck // it was killed
	t.broker.Shutdown()
	t.broker.WaitForShutdown()
}
