package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// licenceCommand is "muster-cloud licence": whoever has the machine runs the cloud,
// and decides who may use it. It works beside a running cloud.
type licenceCommand struct {
	List licencesCommand   `cmd:"" help:"Show every organisation with its licence and the seats that are taken."`
	Set  setLicenceCommand `cmd:"" help:"Give an organisation a licence. Members stay, whatever it says."`
}

type licencesCommand struct {
	Data  string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
}

// Run prints the table.
func (c *licencesCommand) Run(ctx context.Context) (err error) {
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, err := s.Licences(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ORGANISATION\tNAME\tTYPE\tSEATS\tTAKEN\tUNTIL")
	for _, l := range all {
		kind, seats, until := "none", "any", "ever"
		if l.Given {
			kind = string(l.Licence.Type)
		}
		if l.Licence.Seats > 0 {
			seats = fmt.Sprint(l.Licence.Seats)
		}
		if !l.Licence.Expires.IsZero() {
			until = l.Licence.Expires.UTC().Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", l.ID, l.Name, kind, seats, l.Taken, until)
	}
	return w.Flush()
}

type setLicenceCommand struct {
	Organisation string  `arg:"" help:"Its id, as list shows it."`
	Type         string  `help:"What kind." enum:"trial,team,enterprise,education" required:""`
	Seats        int     `help:"How many may be members at once; 0: any number."`
	Until        string  `help:"First day on which nobody new is let in (UTC); empty: never." placeholder:"YYYY-MM-DD"`
	Data         string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store        address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
}

// Run sets the licence.
func (c *setLicenceCommand) Run(ctx context.Context) (err error) {
	l := invite.Licence{Type: invite.LicenceType(c.Type), Seats: c.Seats}
	if c.Until != "" {
		if l.Expires, err = time.Parse(time.DateOnly, c.Until); err != nil {
			return fmt.Errorf("--until: %w", err)
		}
	}
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.SetLicence(ctx, attendance.OrgID(c.Organisation), l)
}

// organisationCommand is "muster-cloud organisation add".
type organisationCommand struct {
	Add addOrganisationCommand `cmd:"" help:"Make another organisation and print a one-time link with which its first administrator chooses a password."`
}

type addOrganisationCommand struct {
	Name      string  `arg:"" help:"Of the organisation."`
	Email     string  `arg:"" help:"Of its first administrator."`
	Admin     string  `help:"The administrator's name; empty: the address."`
	Data      string  `help:"Folder of the cloud." default:"${state}" type:"path"`
	Store     address `help:"Database, as for serve." env:"MUSTER_STORE" placeholder:"URL"`
	PublicURL string  `name:"public-url" help:"What people type to reach the console." default:"http://127.0.0.1:8080"`
}

// Run makes it and prints the link.
func (c *addOrganisationCommand) Run(ctx context.Context) (err error) {
	s, err := c.Store.existing(ctx, c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	name := c.Admin
	if name == "" {
		name = c.Email
	}
	_, secret, err := s.AddOrganisation(ctx, c.Name, access.User{Email: c.Email, Name: name})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	_, err = fmt.Printf("%s/password?token=%s\n", c.PublicURL, url.QueryEscape(secret))
	return err
}
