package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"muster/invite"
)

// longestAnswer is how much of a provider's answer is read, in bytes.
const longestAnswer = 64 << 10

// SMS sends text messages through a provider's HTTP interface.
type SMS struct {
	settings  SMSSettings
	templates *smsTemplates
	client    *http.Client
	slots     chan struct{}
	now       func() time.Time
}

// NewSMS checks the settings and tries their templates; it calls nobody yet.
func NewSMS(s SMSSettings) (*SMS, error) {
	s, err := s.complete()
	if err != nil {
		return nil, err
	}
	templates, err := compileSMS(&s)
	if err != nil {
		return nil, err
	}
	transport := s.Client
	if transport == nil {
		transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: s.Connections, MaxConnsPerHost: s.Connections,
			IdleConnTimeout: time.Minute, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: longestAnswer,
		}
	}
	return &SMS{
		settings: s, templates: templates, slots: make(chan struct{}, s.Connections), now: time.Now,
		// A redirect would carry the account's secret and a person's number to
		// somewhere the admin has not named.
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Send hands a text to the provider. To must be in E.164.
//
// When the request went out and no answer came, nobody knows whether the SMS was
// sent. Where the provider doesn't know repeated requests, that is told as
// permanent: an SMS costs money, and a person decides better than a machine.
func (s *SMS) Send(ctx context.Context, m invite.Message) (invite.Receipt, error) {
	if !international(m.To) {
		return invite.Receipt{}, &invite.Undeliverable{Reason: invite.BadNumber, Detail: detail(m.To), Permanent: true}
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return invite.Receipt{}, context.Cause(ctx)
	}
	r, err := s.templates.request(&s.settings, m)
	if err != nil {
		if errors.Is(err, errTooLong) {
			return invite.Receipt{}, &invite.Undeliverable{Reason: invite.TooLarge, Permanent: true, Err: err}
		}
		return invite.Receipt{}, account("the request can't be written", err)
	}
	limited, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	var written atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }}
	answer, err := s.client.Do(r.WithContext(httptrace.WithClientTrace(limited, trace)))
	if err != nil {
		if gaveUp := stopped(ctx, err); gaveUp != nil && (!written.Load() || s.settings.Request.Idempotent) {
			return invite.Receipt{}, gaveUp
		}
		return invite.Receipt{}, s.silence(err, written.Load())
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer+1))
	return s.read(answer, body, err)
}

// silence is the error where no answer came. The URL may hold a secret, so that
// only what lies beneath net/http's error is told.
func (s *SMS) silence(err error, written bool) *invite.Undeliverable {
	for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(err) {
		err = e
	}
	u := down(err)
	if written && !s.settings.Request.Idempotent {
		u.Permanent = true
		u.Detail = detail("no answer: it may have been sent. " + err.Error())
	}
	return u
}

// read judges an answer.
func (s *SMS) read(r *http.Response, body []byte, broken error) (invite.Receipt, error) {
	a := &s.settings.Answer
	accepted := r.StatusCode/100 == 2
	if len(a.Statuses) > 0 {
		accepted = slices.Contains(a.Statuses, r.StatusCode)
	}
	readable := broken == nil && len(body) <= longestAnswer && gjson.ValidBytes(body)
	body = bytes.ToValidUTF8(body[:min(len(body), longestAnswer)], nil)
	at := func(path string) string {
		if path == "" || !readable {
			return ""
		}
		return gjson.GetBytes(body, path).String()
	}
	if accepted && (a.Success == "" || slices.Contains(a.Equals, at(a.Success))) {
		return invite.Receipt{Provider: s.settings.Provider, Reference: reference(at(a.Reference))}, nil
	}
	words := at(a.Detail)
	code := at(a.Code)
	if code != "" {
		words = code + " " + words
	}
	words = cmp.Or(detail(words), "HTTP "+strconv.Itoa(r.StatusCode))
	if accepted && at(a.Success) == "" && code == "" {
		return invite.Receipt{}, s.silence(fmt.Errorf("an answer of HTTP %d that can't be read", r.StatusCode), true)
	}
	if reason, ok := a.Reasons[code]; ok && code != "" {
		return invite.Receipt{}, s.named(reason, words, after(r, s.now()))
	}
	return invite.Receipt{}, unnamed(r, accepted, words, s.now())
}

func (*SMS) named(r SMSReason, words string, wait time.Duration) *invite.Undeliverable {
	everybody := r.Reason == invite.ProviderDown || r.Reason == invite.ProviderRefused
	return &invite.Undeliverable{Reason: r.Reason, Detail: words, Permanent: !r.Later && !everybody, Everybody: everybody, After: wait}
}

// unnamed judges by the status where the settings name no reason.
func unnamed(r *http.Response, accepted bool, words string, now time.Time) *invite.Undeliverable {
	u := &invite.Undeliverable{Reason: invite.ProviderRefused, Detail: words, Everybody: true, After: after(r, now)}
	switch code := r.StatusCode; {
	case accepted, code == http.StatusBadRequest, code == http.StatusUnprocessableEntity, code == http.StatusConflict:
		u.Reason, u.Permanent, u.Everybody = invite.Refused, true, false
	case code == http.StatusRequestEntityTooLarge:
		u.Reason, u.Permanent, u.Everybody = invite.TooLarge, true, false
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		u.Reason = invite.ProviderDown
	}
	return u
}

// after reads Retry-After, in seconds or as a date; at most a day.
func after(r *http.Response, now time.Time) time.Duration {
	text := r.Header.Get("Retry-After")
	var wait time.Duration
	if n, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(n, 86400)) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// reference keeps a provider's name for a message short enough to store.
func reference(s string) string {
	s = detail(s)
	if len(s) > 200 {
		return ""
	}
	return s
}

func international(to string) bool {
	if len(to) < 8 || len(to) > 16 || to[0] != '+' || to[1] == '0' {
		return false
	}
	for _, r := range to[1:] {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
