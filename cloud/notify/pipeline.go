package notify

import (
	"bytes"
	"errors"
	"net/textproto"
	"strings"
)

// sendAtOnce gives the server the whole envelope before it hears an answer (RFC
// 2920): two waits for a mail instead of four. go-mail knows no way to do so, but
// leaves its connection open to those who add one.
func (n *session) sendAtOnce(l *letter) error {
	if strings.ContainsAny(l.from+l.to, "\r\n<>") {
		return &failure{stepRcpt, &textproto.Error{Code: 501, Msg: "5.1.3 not an address"}}
	}
	t := n.client.Text
	for _, line := range n.envelope(l) {
		if _, err := t.W.WriteString(line + "\r\n"); err != nil {
			return &failure{stepMail, err}
		}
	}
	if err := t.W.Flush(); err != nil {
		return &failure{stepMail, err}
	}
	var first error
	for _, answer := range []struct {
		step   step
		expect int
	}{{stepMail, 250}, {stepRcpt, 25}, {stepData, 354}} {
		_, _, err := t.ReadResponse(answer.expect)
		if err != nil && first == nil {
			first = &failure{answer.step, err}
		}
		// Where the connection is gone there is no further answer. Where a server wants
		// the text of a mail that it has refused, it gets none.
		var words *textproto.Error
		if lost := err != nil && !errors.As(err, &words); lost || err == nil && answer.step == stepData && first != nil {
			n.spoiled = true
			return first
		}
	}
	if first != nil {
		return first
	}
	if at, err := write(t, l.text); err != nil {
		return &failure{at, err}
	}
	if _, _, err := t.ReadResponse(250); err != nil {
		return &failure{stepEnd, err}
	}
	return nil
}

var (
	end     = []byte(".\r\n")
	lineEnd = []byte("\r\n")
	dot     = []byte("\n.")
)

// write gives the server a text and its end: all at once where no line has to be
// put right, which is nearly always. Where that fails, the last bytes never left,
// so the server hasn't got the whole.
func write(t *textproto.Conn, text []byte) (step, error) {
	n := bytes.Count(text, lineEnd)
	if !bytes.HasSuffix(text, lineEnd) || bytes.HasPrefix(text, end[:1]) || bytes.Contains(text, dot) ||
		bytes.Count(text, lineEnd[:1]) != n || bytes.Count(text, lineEnd[1:]) != n {
		w := t.DotWriter()
		if _, err := w.Write(text); err != nil {
			return stepData, err
		}
		return stepEnd, w.Close()
	}
	if _, err := t.W.Write(append(text, end...)); err != nil {
		return stepData, err
	}
	return stepData, t.W.Flush()
}

// envelope is what the server is told before the text.
func (n *session) envelope(l *letter) []string {
	mail, rcpt := "MAIL FROM:<"+l.from+">", "RCPT TO:<"+l.to+">"
	if ok, _ := n.client.Extension("8BITMIME"); ok {
		mail += " BODY=8BITMIME"
	}
	if l.unicode() {
		mail += " SMTPUTF8" // send has made sure that the server knows it
	}
	if ok, _ := n.client.Extension("DSN"); ok {
		mail += " RET=" + returned
		rcpt += " NOTIFY=" + notified
	}
	return []string{mail, rcpt, "DATA"}
}
