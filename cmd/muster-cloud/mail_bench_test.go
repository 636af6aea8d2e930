package main

import (
	"crypto/tls"
	"fmt"
	netsmtp "net/smtp"
	"strings"
	"testing"
	"time"
)

// BenchmarkInviting tells how long 2,000 invitations take from the queue to a mail
// server on this machine, beside a bare SMTP client that sends as many mails of the
// same size to it, in turns, over one connection. of-bare is the ratio.
func BenchmarkInviting(b *testing.B) {
	const n = 2000
	s := newSink(b)
	c := mailingCloud(b, s)
	ids := c.people(n)
	var ours, bare time.Duration
	for b.Loop() {
		began, before := time.Now(), len(s.got())
		c.ask(ids...)
		got := s.wait(b, before+n)
		ours += time.Since(began)
		body := []byte("Subject: x\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n" +
			strings.ReplaceAll(got[0].text+"\n--x\nContent-Type: text/html\n\n"+got[0].html+"\n--x--\n", "\n", "\r\n"))
		began = time.Now()
		client, err := netsmtp.Dial(fmt.Sprintf("127.0.0.1:%d", s.port))
		if err != nil {
			b.Fatal(err)
		}
		if err := client.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil { //nolint:gosec // the sink of this test
			b.Fatal(err)
		}
		for i := range n {
			if err := client.Mail("muster@acme.example"); err != nil {
				b.Fatal(err)
			}
			if err := client.Rcpt(fmt.Sprintf("bare%d@people.example", i)); err != nil {
				b.Fatal(err)
			}
			w, err := client.Data()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Write(body); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
		bare += time.Since(began)
		_ = client.Close()
		c.clock.forward(25 * time.Hour) // so that everybody may be chased
	}
	b.ReportMetric(float64(bare)/float64(ours), "of-bare")
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "mails/s")
}
