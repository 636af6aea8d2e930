package notify_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"muster/cloud/notify"
	"muster/invite"
)

// plainServer is a mail server as they were before extensions: it takes one command
// at a time, and notes when more came than it has answered.
func plainServer(t *testing.T) (port int, mails <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got, ended := make(chan string, 10), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			plainSession(t, c, got)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended // the client has said goodbye by then, or was closed with the test
	})
	return l.Addr().(*net.TCPAddr).Port, got
}

func plainSession(t *testing.T, c net.Conn, got chan<- string) {
	defer c.Close() //nolint:errcheck // the client is gone too
	r := bufio.NewReader(c)
	say := func(s string) { fmt.Fprintf(c, "%s\r\n", s) } //nolint:errcheck // the next read says so
	say("220 plain")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if r.Buffered() > 0 {
			t.Errorf("more came with %q than it has answered", line)
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(line)), " "); verb {
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				text.WriteString(line)
			}
			got <- text.String()
			say("250 taken")
		case "EHLO":
			say("502 what?")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// A server that takes one command at a time gets one at a time.
func TestServerWithoutExtensions(t *testing.T) {
	t.Parallel()
	port, mails := plainServer(t)
	n, err := notify.NewSMTP(notify.SMTPSettings{Host: "127.0.0.1", Port: port, Security: notify.Clear, From: "muster@acme.example", Seal: newSeal(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	for range 2 {
		if _, err := n.Send(background(t), message()); err != nil {
			t.Fatal(err)
		}
		if text := <-mails; !strings.Contains(text, "Message-ID: <") {
			t.Errorf("got %s", text)
		}
	}
}

// hastySession wants the whole envelope before it answers any of it, and asks for the
// text whatever it said of the receiver, as RFC 2920 lets it.
func hastySession(c net.Conn, taken chan<- string) {
	defer c.Close() //nolint:errcheck // the client is gone too
	r := bufio.NewReader(c)
	say := func(s string) { fmt.Fprintf(c, "%s\r\n", s) } //nolint:errcheck // the next read says so
	next := func() string {
		line, err := r.ReadString('\n')
		if err != nil {
			return ""
		}
		return strings.TrimSpace(line)
	}
	say("220 hasty")
	for line := next(); line != ""; line = next() {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			say("250-hasty\r\n250-8BITMIME\r\n250 PIPELINING")
		case "MAIL":
			to := next()
			if next() != "DATA" {
				return
			}
			receiver := "250 fine"
			if strings.Contains(to, "gone@") {
				receiver = "550 5.1.1 No such user"
			}
			say("250 fine\r\n" + receiver + "\r\n354 go on")
			for line != "." {
				if line = next(); line == "" && r.Buffered() == 0 {
					if _, err := r.Peek(1); err != nil {
						return // it hung up before the end: there is nothing to take
					}
				}
			}
			taken <- to
			say("250 taken")
		default:
			say("221 bye")
			return
		}
	}
}

// The envelope goes in one piece to a server that allows it; a text that the server
// waits for after a refusal never comes, and the next mail arrives.
func TestEnvelopeInOnePiece(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan string, 10)
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			ended.Go(func() { hastySession(c, taken) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		ended.Wait()
	})
	n, err := notify.NewSMTP(notify.SMTPSettings{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: notify.Clear, From: "muster@acme.example", Seal: newSeal(t), Connections: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	for _, to := range []string{"anna@example.com", "gone@example.com", "bob@example.com"} {
		m := message()
		m.To = to
		_, err := n.Send(background(t), m)
		var u *invite.Undeliverable
		if to == "gone@example.com" {
			if !errors.As(err, &u) || u.Reason != invite.UnknownMailbox || !u.Permanent || u.Unknown {
				t.Errorf("%s: %v", to, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		if got := <-taken; got != "RCPT TO:<"+to+">" {
			t.Errorf("%s: taken for %s", to, got)
		}
	}
	if len(taken) != 0 {
		t.Errorf("taken for %s", <-taken)
	}
}
