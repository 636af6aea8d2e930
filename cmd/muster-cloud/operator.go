package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"muster/cloud/store"
)

// operatorCommand is "muster-cloud operator": those who run the cloud by its pages
// at /operator. They give licences and reach nobody's people. It works beside a
// running cloud.
type operatorCommand struct {
	Add           addOperatorCommand    `cmd:"" help:"Let somebody run this cloud and print a one-time link with which they choose a password."`
	List          operatorsCommand      `cmd:"" help:"Show who runs this cloud."`
	Remove        removeOperatorCommand `cmd:"" help:"Take somebody's access away, at once."`
	ResetPassword addOperatorCommand    `cmd:"" help:"Print another such link for somebody who has access."`
}

type operatorStore struct {
	Data  string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
}

func (c *operatorStore) with(ctx context.Context, do func(*store.Store) error) (err error) {
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

type addOperatorCommand struct {
	Email string `arg:"" help:"By which they sign in."`
	Name  string `help:"Shown to them, and to other operators; empty: the address."`
	operatorStore
	PublicURL string `name:"public-url" help:"What people type to reach the console." default:"http://127.0.0.1:8080"`
}

// Run prints the link.
func (c *addOperatorCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(s *store.Store) error {
		secret, err := s.AddOperator(ctx, c.Email, c.Name)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Email, err)
		}
		_, err = fmt.Printf("%s/operator/password?token=%s\n", c.PublicURL, url.QueryEscape(secret))
		return err
	})
}

type removeOperatorCommand struct {
	Email string `arg:"" help:"Of the operator."`
	operatorStore
}

// Run takes the access away.
func (c *removeOperatorCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(s *store.Store) error {
		if err := s.RemoveOperator(ctx, c.Email); err != nil {
			return fmt.Errorf("%s: %w", c.Email, err)
		}
		return nil
	})
}

type operatorsCommand struct{ operatorStore }

// Run prints the table.
func (c *operatorsCommand) Run(ctx context.Context) error {
	return c.with(ctx, func(s *store.Store) error {
		all, err := s.Operators(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, "EMAIL\tNAME\tPASSWORD SINCE")
		for _, o := range all {
			since := "none yet"
			if !o.PasswordSet.IsZero() {
				since = o.PasswordSet.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", o.Email, o.Name, since)
		}
		return w.Flush()
	})
}
