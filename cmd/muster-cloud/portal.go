package main

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"muster/cloud/console"
	"muster/cloud/contact"
	"muster/cloud/portal"
	"muster/cloud/store"
	"muster/invite"
)

// portalHandler is the employees' portal, which looks like the console.
func (m *Main) portalHandler(public *url.URL) (http.Handler, error) {
	kit, err := console.LoadKit()
	if err != nil {
		return nil, err
	}
	return portal.New(portal.Config{
		Accounts: m.store, Contacts: contacts{}, Kit: kit, Sessions: store.Sessions{Store: m.store},
		PublicURL: public, Now: time.Now, Log: m.log, Password: store.MinPassword,
		BadLink: func(err error) bool { return errors.Is(err, store.ErrLink) },
	})
}

// contacts checks addresses and numbers, for portal and console.
type contacts struct{}

func (contacts) Email(given string) (string, *invite.Refusal) { return contact.Email(given) }

func (contacts) Phone(given, region string) (string, *invite.Refusal) {
	return contact.Phone(given, region)
}
