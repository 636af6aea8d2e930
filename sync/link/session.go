package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/sync/wire"
)

const (
	dialTimeout         = 15 * time.Second // TCP, for each broker
	connectTimeout      = time.Minute      // TLS and CONNACK: a broker to which a whole fleet comes back takes its time, and whoever begins anew only adds to that
	answerTimeout       = 15 * time.Second // for a SUBACK
	writeTimeout        = 10 * time.Second
	keepAlive           = 30 * time.Second
	pingTimeout         = 10 * time.Second
	farewell            = time.Second // for the last word of a session that ends in order
	maxUnread           = 256         // messages that wait for Serve; more are dropped and will be sent again
	brokerRefused       = 0x80
	qosDown             = 0 // what is lost is pulled again
	qosUp          byte = 1
)

// Message is something the cloud sent.
type Message struct {
	Leaf    wire.Leaf
	Payload []byte
}

// Session is one connection, from CONNACK to its end.
type Session struct {
	client   mqtt.Client
	address  wire.Address
	presence wire.Presence
	messages chan Message
	ctx      context.Context // ends with the connection; its cause says why
	end      context.CancelCauseFunc
	detach   []func() bool // what ties connections to the dialling
	dialTCP  func(ctx context.Context, network, address string) (net.Conn, error)
	logger   *slog.Logger
}

// Messages returns what the cloud sends. A message that nobody takes in time is
// dropped: every kind is either sent or asked for again.
func (s *Session) Messages() <-chan Message { return s.messages }

// Done is closed when the connection is lost.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Name is the session's own, as presence says it: pulses bear it too.
func (s *Session) Name() string { return s.presence.GetSession() }

// Publish hands a message to the connection. That it returned nil means nothing
// for what becomes of it; only an answer from the cloud does.
func (s *Session) Publish(leaf wire.Leaf, payload []byte) error {
	token := s.client.Publish(s.address.Up(leaf), qosUp, false, payload)
	select {
	case <-token.Done():
		return token.Error()
	default:
		return nil
	}
}

// dial makes a connection and subscribes to what is meant for this tablet.
func (l *Link) dial(ctx context.Context) (*Session, error) {
	brokers := append([]string(nil), l.Brokers()...)
	if len(brokers) == 0 {
		return nil, errors.New("no broker is known")
	}
	rand.Shuffle(len(brokers), func(i, j int) { brokers[i], brokers[j] = brokers[j], brokers[i] })
	s := &Session{
		address: l.Address, messages: make(chan Message, maxUnread), logger: l.Logger, dialTCP: l.Dial,
		presence: wire.Presence{Session: uuid.NewString(), StartedUs: l.Now().UnixMicro()},
	}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	dialing, dialed := context.WithCancel(ctx)
	defer dialed()
	opts, err := s.options(dialing, brokers, l.TLS)
	if err != nil {
		return nil, err
	}
	s.client = mqtt.NewClient(opts)
	if err := s.connect(dialing); err != nil {
		s.end(err)
		s.client.Disconnect(0)
		return nil, err
	}
	for _, detach := range s.detach {
		detach()
	}
	return s, nil
}

func (s *Session) options(ctx context.Context, brokers []string, conf func(string) (*tls.Config, error)) (*mqtt.ClientOptions, error) {
	will, err := s.presenceMessage(false)
	if err != nil {
		return nil, err
	}
	opts := mqtt.NewClientOptions().
		SetClientID(string(s.address.Device)).
		SetProtocolVersion(4). // 3.1.1 only; without it a refused client tries again with 3.1
		SetCleanSession(true).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetStore(mqtt.NewMemoryStore()).
		SetKeepAlive(keepAlive).SetPingTimeout(pingTimeout).
		SetConnectTimeout(connectTimeout).SetWriteTimeout(writeTimeout).
		SetOrderMatters(true). // handlers never block, see receive
		SetBinaryWill(s.address.Up(wire.UpPresence), will, qosUp, true).
		SetDefaultPublishHandler(s.receive).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.end(fmt.Errorf("connection lost: %w", err)) }).
		SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) { return s.open(ctx, u.Host, conf) })
	for _, b := range brokers {
		opts.AddBroker("ssl://" + b)
	}
	return opts, nil
}

// open makes the TLS connection. Until the session stands, the end of ctx closes
// it, whatever is being waited for.
func (s *Session) open(ctx context.Context, address string, with func(string) (*tls.Config, error)) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("broker address: %w", err)
	}
	conf, err := with(host)
	if err != nil {
		return nil, err
	}
	reach, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	raw, err := s.dialTCP(reach, "tcp", address)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn := tls.Client(raw, conf)
	if err := conn.HandshakeContext(limited); err != nil {
		_ = raw.Close() // nothing to do about its error
		return nil, err
	}
	s.detach = append(s.detach, context.AfterFunc(ctx, func() { _ = conn.Close() })) // nothing to do about its error
	return conn, nil
}

func (s *Session) connect(ctx context.Context) error {
	if err := wait(ctx, s.client.Connect(), connectTimeout*2); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	filter := s.address.DownAll()
	token := s.client.Subscribe(filter, qosDown, s.receive)
	if err := wait(ctx, token, answerTimeout); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	// The client reports a refused subscription as a success.
	if t, ok := token.(*mqtt.SubscribeToken); !ok || t.Result()[filter] == brokerRefused {
		return errors.New("subscribe: refused by the broker")
	}
	return s.announce(true)
}

// wait never waits for ever: some of the client's tokens would.
func wait(ctx context.Context, token mqtt.Token, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-t.C:
		return errors.New("no answer in time")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive is called by the client and must not block, or the connection dies.
func (s *Session) receive(_ mqtt.Client, m mqtt.Message) {
	address, leaf, err := wire.ParseDown(m.Topic())
	if err != nil || address != s.address || len(m.Payload()) > wire.MaxMessage {
		s.logger.Warn("message that is not for this tablet", "topic", m.Topic(), "bytes", len(m.Payload()))
		return
	}
	select {
	case s.messages <- Message{Leaf: leaf, Payload: m.Payload()}:
	default:
		s.logger.Warn("message dropped: too many unread", "leaf", leaf)
	}
}

func (s *Session) presenceMessage(online bool) ([]byte, error) {
	p := &wire.Presence{Session: s.presence.GetSession(), StartedUs: s.presence.GetStartedUs(), Online: online}
	return proto.Marshal(p)
}

// announce publishes whether the tablet is there. The message is retained; the
// session it names tells a late will from the truth.
func (s *Session) announce(online bool) error {
	body, err := s.presenceMessage(online)
	if err != nil {
		return err
	}
	token := s.client.Publish(s.address.Up(wire.UpPresence), qosUp, true, body)
	if online {
		return nil
	}
	return wait(s.ctx, token, farewell)
}

// close ends the session. A connection that still stands is ended in order, so
// that the cloud doesn't have to find out by itself.
func (s *Session) close() {
	if s.ctx.Err() == nil {
		if err := s.announce(false); err != nil {
			s.logger.Debug("last word not confirmed", "error", err)
		}
	}
	s.end(errors.New("closed"))
	s.client.Disconnect(100) // milliseconds for what is in its buffers
}
