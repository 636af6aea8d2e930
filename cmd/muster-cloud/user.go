package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// setupURL is where the first administrator sets the cloud up; empty when that
// has been done. An address given out earlier is no longer good.
func (m *Main) setupURL(ctx context.Context) (string, error) {
	first, err := m.store.FirstStart(ctx)
	if err != nil || !first {
		return "", err
	}
	issue := m.store.IssueSetup
	if m.shared { // several may start at the same time, and each says an address
		issue = m.store.IssueSetupBeside
	}
	secret, err := issue(ctx)
	if err != nil {
		return "", err
	}
	return m.public + "/setup?token=" + url.QueryEscape(secret), nil
}

// resetCommand is "muster-cloud user reset-password". It works beside a running
// cloud, for whoever has the machine.
type resetCommand struct {
	Email     string  `arg:"" help:"The account's address."`
	Data      string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store     address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
	PublicURL string  `name:"public-url" help:"What people type to reach the console." default:"http://127.0.0.1:8080"`
}

// Run prints the link.
func (c *resetCommand) Run(ctx context.Context) (err error) {
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	secret, err := s.ResetPassword(ctx, c.Email)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Email, err)
	}
	_, err = fmt.Printf("%s/password?token=%s\n", c.PublicURL, url.QueryEscape(secret))
	return err
}
