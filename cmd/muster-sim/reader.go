package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"muster/nfc/pn532sim"
)

func init() {
	register("reader", "Simulate a PN532 card reader on a pseudo-terminal.", &readerCommand{})
}

// readerCommand is "muster-sim reader".
type readerCommand struct {
	Link  string `placeholder:"PATH" help:"Symbolic link to make to the terminal; it stays the same when the reader is plugged in again."`
	HTTP  string `name:"http" default:"127.0.0.1:8092" placeholder:"ADDR" help:"Loopback address of the page and the HTTP interface; port 0 takes a free one."`
	Cards string `placeholder:"FILE" help:"JSON file with the cards to offer, instead of the demo's."`
}

// ready is the line that says how to reach the reader.
type ready struct {
	Event      string `json:"event"`
	TTY        string `json:"tty"`
	Link       string `json:"link"`
	HTTP       string `json:"http"`
	Connstring string `json:"connstring"`
}

// Run serves until the context ends.
func (c *readerCommand) Run(ctx context.Context) error {
	if !loopback(c.HTTP) {
		return fmt.Errorf("--http %s is no loopback address: whoever reaches the page can tap any card", c.HTTP)
	}
	cards, err := loadDeck(c.Cards)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("serve the page: %w", err)
	}
	sim, err := pn532sim.Open(c.Link)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer sim.Close()
	k := newDesk(sim, cards)
	server := &http.Server{
		Handler: newHandler(k), ReadHeaderTimeout: 5 * time.Second,
		BaseContext: func(net.Listener) context.Context { return k.open }, // no request outlives the desk
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	err = json.NewEncoder(os.Stdout).Encode(ready{
		Event: "ready", TTY: sim.Path(), Link: c.Link, HTTP: "http://" + listener.Addr().String(), Connstring: sim.Connstring(),
	})
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	k.end()
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if server.Shutdown(over) != nil {
		_ = server.Close()
	}
	k.work.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the page: %w", err)
	}
	return nil
}
