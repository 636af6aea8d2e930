package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/sync/wire"
)

const (
	dialTimeout         = 15 * time.Second // TCP, for each address, and to find addresses
	connectTimeout      = time.Minute      // TLS, CONNACK and SUBACK, for each: a broker to which a whole fleet comes back takes its time, and whoever begins anew only adds to that
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
	place    place // where it is
	broker   broker
	address  wire.Address
	presence wire.Presence
	messages chan Message
	ctx      context.Context // ends with the connection; its cause says why
	end      context.CancelCauseFunc
	logger   *slog.Logger

	born     time.Time
	heard    atomic.Int64  // how long after that the broker last said anything
	patience time.Duration // how long it may be silent
	lookout  lookout
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
		go s.confirmed(token, s.patience)
		return nil
	}
}

// dial makes a connection to whichever place answers and lets the tablet in, and
// subscribes to what is meant for it.
func (l *Link) dial(ctx context.Context) (*Session, error) {
	places, err := l.places(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(places, l.other); i > 0 {
		places = slices.Insert(slices.Delete(places, i, i+1), 0, l.other)
	}
	l.other = place{} // whatever becomes of it: that it answered is soon too long ago
	with, err := l.TLS()
	if err != nil {
		return nil, err
	}
	r := l.race(ctx, places, with)
	defer r.close()
	silent := map[broker]bool{}
	for {
		first, err := r.next()
		if err != nil {
			return nil, err
		}
		l.sour.note(r.overtaken(first)...)
		is := proven(first.conn)
		if silent[is] { // this is another address of it
			l.sour.note(first.place)
			_ = first.conn.Close() // nothing was said on it
			continue
		}
		s, err := l.begin(ctx, first, with)
		if err == nil {
			return s, nil
		}
		if errors.Is(err, errSilent) {
			silent[is] = true
			l.left.note(is)
		}
		l.sour.note(first.place)
		r.errs = append(r.errs, err)
	}
}

// begin makes a session of a connection. Until it stands, the end of ctx closes the
// connection, whatever is being waited for.
func (l *Link) begin(ctx context.Context, on runner, with func(host string) *tls.Config) (*Session, error) {
	s := &Session{
		place: on.place, broker: proven(on.conn), address: l.Address, messages: make(chan Message, maxUnread), logger: l.Logger,
		presence: wire.Presence{Session: uuid.NewString(), StartedUs: l.Now().UnixMicro()},
		born:     time.Now(), patience: l.Silence, lookout: lookout{turn: make(chan struct{}, 1)},
	}
	s.lookout.other = func(ctx context.Context, within time.Duration) bool { return l.elsewhere(ctx, s, with, within) }
	s.ctx, s.end = context.WithCancelCause(context.Background())
	detach := context.AfterFunc(ctx, func() {
		s.end(ctx.Err())
		_ = on.conn.Close() // nothing to do about its error
	})
	defer detach()
	opts, err := s.options(on.conn)
	if err != nil {
		return nil, errors.Join(err, on.conn.Close())
	}
	s.client = mqtt.NewClient(opts)
	if err := s.connect(); err != nil {
		s.end(err)
		s.client.Disconnect(0)
		_ = on.conn.Close() // the client has
		return nil, err
	}
	return s, nil
}

func (s *Session) options(conn net.Conn) (*mqtt.ClientOptions, error) {
	will, err := s.presenceMessage(false)
	if err != nil {
		return nil, err
	}
	return mqtt.NewClientOptions().
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
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return conn, nil }).
		AddBroker("ssl://" + s.place.address), nil
}

func (s *Session) connect() error {
	if err := s.answered(s.client.Connect()); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	filter := s.address.DownAll()
	token := s.client.Subscribe(filter, qosDown, s.receive)
	if err := s.answered(token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	// The client reports a refused subscription as a success.
	if t, ok := token.(*mqtt.SubscribeToken); !ok || t.Result()[filter] == brokerRefused {
		return errors.New("subscribe: refused by the broker")
	}
	return s.announce(true)
}

// answered waits for an answer without which the session doesn't stand.
func (s *Session) answered(token mqtt.Token) error {
	go s.confirmed(token, greeting*s.patience)
	return wait(s.ctx, token, connectTimeout)
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
		return context.Cause(ctx)
	}
}

// receive is called by the client and must not block, or the connection dies.
func (s *Session) receive(_ mqtt.Client, m mqtt.Message) {
	s.hears()
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
