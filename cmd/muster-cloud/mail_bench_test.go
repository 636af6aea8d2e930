package main

import (
	"crypto/tls"
	"fmt"
	netsmtp "net/smtp"
	"syscall"
	"testing"
	"time"
)

// BenchmarkInviting tells how long 2,000 invitations take from the queue to a mail
// server on this machine, beside a bare SMTP client that sends one of them as often
// to it, in turns, over one connection. of-bare is the ratio; cpu-µs/mail, with that
// of the server in both, is what counts where other programs are at work.
func BenchmarkInviting(b *testing.B) {
	const n = 2000
	s := newSink(b)
	c := mailingCloud(b, s)
	ids := c.people(n)
	var ours, bare, oursCPU, bareCPU time.Duration
	for b.Loop() {
		began, before, cpu := time.Now(), len(s.got()), spent(b)
		c.ask(ids...)
		got := s.wait(b, before+n)
		ours, oursCPU = ours+time.Since(began), oursCPU+spent(b)-cpu
		body := got[before].raw
		began, cpu = time.Now(), spent(b)
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
		bare, bareCPU = bare+time.Since(began), bareCPU+spent(b)-cpu
		_ = client.Close()
		c.clock.forward(25 * time.Hour) // so that everybody may be chased
	}
	b.ReportMetric(float64(bare)/float64(ours), "of-bare")
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "mails/s")
	b.ReportMetric(float64(n*b.N)/bare.Seconds(), "bare-mails/s")
	b.ReportMetric(float64(oursCPU.Microseconds())/float64(n*b.N), "cpu-µs/mail")
	b.ReportMetric(float64(bareCPU.Microseconds())/float64(n*b.N), "cpu-µs/bare-mail")
}

// spent is the processor time of this process.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
