package edge

import (
	"crypto/tls"
	"net"
	"strconv"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sys/unix"
)

// lines are the sockets of tablets that came in, by the address of their other end.
//
// To end a connection, its socket is closed: the broker notices where it reads, and
// takes the connection down there. Server.DisconnectClientByID, and the broker's
// own KICK, which calls it, take it down from outside, while the goroutine that
// reads may be subscribing the same tablet: in nats-server 2.15.2 that is a data
// race ((*client).unsubscribe against (*mqttSession).processSub, on the
// subscription's fields).
type lines struct {
	mu   sync.Mutex
	of   map[string]*net.TCPConn
	most int // how many there may be before those that are closed are dropped
}

// someLines is how many sockets are worth looking through for closed ones.
const someLines = 64

// note remembers the socket that a handshake begins on. Those that are closed are
// dropped each time there are twice as many as were open the time before.
func (l *lines) note(hello *tls.ClientHelloInfo) {
	socket, ok := hello.Conn.(*net.TCPConn)
	if !ok {
		return
	}
	from, ok := socket.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return // it has gone
	}
	at := place(from.IP.String(), from.Port)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]*net.TCPConn{}
	}
	l.of[at] = socket
	if len(l.of) <= max(l.most, someLines) {
		return
	}
	for at, socket := range l.of {
		if closed(socket) {
			delete(l.of, at)
		}
	}
	l.most = 2 * len(l.of)
}

// closed tells whether this side has closed a socket.
func closed(socket *net.TCPConn) bool {
	raw, err := socket.SyscallConn()
	return err != nil || raw.Control(func(uintptr) {}) != nil
}

// hungUp tells whether the other side has closed a socket, also where nobody has read
// that far yet.
func hungUp(socket *net.TCPConn) bool {
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	var state uint8
	err = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			state = info.State
		}
	})
	return err != nil || state == unix.BPF_TCP_CLOSE_WAIT || state == unix.BPF_TCP_CLOSE
}

// gone tells whether whoever came by a connection has hung up. The broker notices only
// once it has an answer to whether they may come in.
func (e *Edge) gone(connection uint64) bool {
	for _, c := range e.connection(connection) {
		if socket := e.lines.socket(place(c.IP, c.Port)); socket != nil && hungUp(socket) {
			return true
		}
	}
	return false
}

// place is how the broker names an address: without a zone.
func place(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }

// socket returns that of an address, or nil.
func (l *lines) socket(at string) *net.TCPConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[at]
}

// hangUp ends a connection and tells whether it was there. The broker notices at
// once; what it has read of it before may still be handed over.
func (e *Edge) hangUp(c *server.ConnInfo) bool {
	if socket := e.lines.socket(place(c.IP, c.Port)); socket != nil {
		return socket.Close() == nil
	}
	return e.srv.DisconnectClientByID(c.Cid) == nil // it came in another way
}
