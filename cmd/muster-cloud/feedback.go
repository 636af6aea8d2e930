package main

import (
	"errors"
	"net/mail"
	"net/url"
)

// feedback is an address that pages link to. An email address becomes a mailto: one.
type feedback string

// UnmarshalText reads what was given on the command line.
func (f *feedback) UnmarshalText(text []byte) error {
	given := string(text)
	if given == "" {
		*f = ""
		return nil
	}
	if a, err := mail.ParseAddress(given); err == nil && a.Name == "" && a.Address == given {
		*f = feedback((&url.URL{Scheme: "mailto", Opaque: given}).String())
		return nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme == "mailto" && u.Opaque == "" || (u.Scheme == "https" || u.Scheme == "http") && u.Host == "" || u.Scheme != "mailto" && u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("an email address or the address of a web page is needed")
	}
	*f = feedback(u.String())
	return nil
}
