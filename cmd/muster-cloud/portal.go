package main

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"muster/cloud/console"
	"muster/cloud/portal"
	"muster/cloud/store"
	"muster/internal/tables"
)

// portalHandler is the employees' portal, which looks like the console.
func (m *Main) portalHandler(public *url.URL) (http.Handler, error) {
	kit, err := console.LoadKit()
	if err != nil {
		return nil, err
	}
	return portal.New(portal.Config{
		Accounts: m.store, Contacts: tables.Contacts{}, Kit: kit, Sessions: store.Sessions{Store: m.store},
		PublicURL: public, Now: time.Now, Log: m.log, Password: store.MinPassword, Feedback: m.feedback, Doorman: m.mail.doorman,
		BadLink: func(err error) bool { return errors.Is(err, store.ErrLink) },
	})
}
