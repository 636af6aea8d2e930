package barebroker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Hub runs a core NATS server that joins the brokers of several clouds, on a free
// port of the loopback interface, until end is called. It asks nobody who comes;
// url is what clouds are given as --hub.
func Hub() (url string, end func(), err error) {
	o := &server.Options{
		ServerName: "hub-" + rand.Text(), DontListen: true, NoSigs: true, LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: -1},
	}
	srv, err := server.NewServer(o)
	if err != nil {
		return "", nil, fmt.Errorf("hub: %w", err)
	}
	srv.SetLoggerV2(words{}, false, false, false)
	srv.Start()
	end = func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
	if !srv.ReadyForConnections(20 * time.Second) {
		end()
		return "", nil, errors.New("hub: not ready within 20 s")
	}
	return fmt.Sprintf("nats-leaf://127.0.0.1:%d", o.LeafNode.Port), end, nil
}
