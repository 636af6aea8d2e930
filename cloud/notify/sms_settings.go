package notify

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/invite"
)

// SMSSettings says how SMS leave: which request to make, and how to read the
// answer. Everything in it is data, so that a provider nobody here has heard of
// needs no code.
type SMSSettings struct {
	Provider string // name in receipts and reports
	From     string // the sender: a number, or up to eleven letters where allowed
	Callback string // URL that the provider shall report to; empty: none
	// Values are the account's own, such as a user's name or a token. Templates
	// reach them as {{.Values.token}}.
	Values  map[string]Secret
	Request SMSRequest
	Answer  SMSAnswer
	// Timeout is for one request, answer included; default 15 seconds.
	Timeout time.Duration
	// Connections is how many requests may be under way at once; default 8.
	Connections int
	// Client overrides the transport, for tests and special networks; nil: one with
	// the system's certificate authorities and proxies.
	Client http.RoundTripper
}

// SMSRequest is a request as templates (text/template). They know .To, .Number (To
// without the plus), .Text, .From, .ID, .Callback, .Unicode and .Values, and the
// functions json, query and path, which escape.
//
// At most one of Form, JSON and Body is there. Form and JSON are encoded by the
// program: their templates need no escaping.
type SMSRequest struct {
	Method  string            `yaml:"method"` // default POST
	URL     string            `yaml:"url"`    // https; http only to this machine
	Headers map[string]string `yaml:"headers"`
	// Form is sent as application/x-www-form-urlencoded; what comes out empty is
	// left out.
	Form map[string]string `yaml:"form"`
	JSON any               `yaml:"json"` // sent as application/json
	Body string            `yaml:"body"`
	// User and Password are for basic authentication, templates too.
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	// Idempotent tells that the provider knows a repeated request by its ID, so
	// that asking again after silence can't send twice.
	Idempotent bool `yaml:"idempotent"`
}

// SMSAnswer says how to read an answer. Paths are gjson's, over its JSON.
type SMSAnswer struct {
	Statuses []int `yaml:"statuses"` // that mean accepted; default: every 2xx
	// Success is the path of what tells success, for providers that answer 200 to
	// everything; Equals lists its good values. Empty: the status alone tells.
	Success   string   `yaml:"success"`
	Equals    []string `yaml:"equals"`
	Reference string   `yaml:"reference"` // path of the provider's name for the message
	Code      string   `yaml:"code"`      // path of its code for what went wrong
	Detail    string   `yaml:"detail"`    // path of its words for that
	// Reasons names what codes mean.
	Reasons map[string]SMSReason `yaml:"reasons"`
}

// SMSReason is what a provider's code means, written in settings as the reason
// and, after a space, "later" where trying again may help.
type SMSReason struct {
	Reason invite.Reason
	Later  bool
}

// UnmarshalText reads a reason as settings write it.
func (r *SMSReason) UnmarshalText(text []byte) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !slices.Contains(invite.Reasons, invite.Reason(name)) {
		return fmt.Errorf("unknown reason %q", name)
	}
	if rest != "" && rest != "later" {
		return fmt.Errorf("after the reason %q only \"later\" may stand, not %q", name, rest)
	}
	*r = SMSReason{invite.Reason(name), rest == "later"}
	return nil
}

// complete fills in the defaults and says what is wrong.
func (s SMSSettings) complete() (SMSSettings, error) {
	s.Provider = cmp.Or(s.Provider, "sms")
	s.Request.Method = cmp.Or(s.Request.Method, http.MethodPost)
	s.Timeout = cmp.Or(s.Timeout, 15*time.Second)
	s.Connections = cmp.Or(s.Connections, 8)
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodGet}, s.Request.Method) {
		return s, fmt.Errorf("method %q of the request: use POST, PUT or GET", s.Request.Method)
	}
	if s.Timeout < 0 || s.Connections < 1 {
		return s, errors.New("timeout and connections can't be negative")
	}
	bodies := 0
	for _, there := range []bool{s.Request.Form != nil, s.Request.JSON != nil, s.Request.Body != ""} {
		if there {
			bodies++
		}
	}
	if bodies > 1 {
		return s, errors.New("the request has more than one of form, json and body")
	}
	if (s.Answer.Success == "") != (len(s.Answer.Equals) == 0) {
		return s, errors.New("success and equals of the answer belong together")
	}
	for name, v := range s.Values {
		if strings.ContainsAny(v.Reveal(), "\r\n\x00") {
			return s, fmt.Errorf("value %s holds a line end", name)
		}
	}
	s.Values = maps.Clone(s.Values)
	return s, nil
}

// checkURL lets only https through, since every request carries a secret; and
// http to this machine.
func checkURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the request's URL can't be read")
	}
	switch {
	case u.Host == "" || u.User != nil || u.Fragment != "":
		return nil, errors.New("the request's URL must be like https://host/path, without user or #")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return u, nil
	default:
		return nil, errors.New("the request's URL must be https: it carries the account's secret")
	}
}
