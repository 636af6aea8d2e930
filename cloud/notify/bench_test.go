package notify_test

import (
	"bytes"
	"fmt"
	"net"
	netsmtp "net/smtp"
	"testing"
	"time"

	"muster/cloud/notify"
)

// BenchmarkSending tells how many mails leave through our sender in the time that
// a bare SMTP client needs for one, over one connection to the same server on this
// machine. Both send a text of the same size.
func BenchmarkSending(b *testing.B) {
	s := newSink(b, func(s *sink) { s.discard = true })
	n := s.sender(b, func(o *notify.SMTPSettings) { o.Connections, o.PerSession = 1, 1<<30 })
	m := message()
	bare, err := netsmtp.Dial(net.JoinHostPort("127.0.0.1", fmt.Sprint(s.port)))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	const batch = 200
	// What ours writes is what the bare loop writes.
	kept := newSink(b, nil)
	if _, err := kept.sender(b, nil).Send(b.Context(), m); err != nil {
		b.Fatal(err)
	}
	raw := kept.got()[0].raw
	var ours, theirs time.Duration
	count := 0
	for b.Loop() {
		began := time.Now()
		for range batch {
			if _, err := n.Send(b.Context(), m); err != nil {
				b.Fatal(err)
			}
		}
		ours += time.Since(began)
		began = time.Now()
		for range batch {
			if err := sendBare(bare, raw); err != nil {
				b.Fatal(err)
			}
		}
		theirs += time.Since(began)
		count += batch
	}
	b.ReportMetric(float64(theirs)/float64(ours), "x-of-bare")
	b.ReportMetric(float64(count)/ours.Seconds(), "mails/s")
	b.ReportMetric(float64(count)/theirs.Seconds(), "bare-mails/s")
}

func sendBare(c *netsmtp.Client, raw []byte) error {
	if err := c.Mail("muster@example.org"); err != nil {
		return err
	}
	if err := c.Rcpt("anna@example.com"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := bytes.NewReader(raw).WriteTo(w); err != nil {
		return err
	}
	return w.Close()
}
