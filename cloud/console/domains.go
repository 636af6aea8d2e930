package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"muster/access"
	"muster/invite"
)

// Resolver looks up the records by which a domain is shown to be somebody's.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// How long a server of others is waited for.
const (
	lookupFor = 8 * time.Second
	mailFor   = 20 * time.Second
)

type domainRow struct {
	Name, At, Record string
	Verified         *moment // nil: not yet

	To     []string // addresses to which a code may be sent; none: it would prove nothing
	Mailed string   // where the latest code went
	Until  *moment  // until when it is good; nil: there is none
	Asked  bool     // the form that was sent was about this one
}

func (v *visit) domainRows(all []invite.Domain, f *form) ([]domainRow, error) {
	mailed := false
	if v.mail != nil && len(all) > 0 {
		var err error
		if mailed, err = v.mail.ProvesDomains(v.r.Context()); err != nil {
			return nil, err
		}
	}
	rows := make([]domainRow, len(all))
	for i, d := range all {
		r := domainRow{Name: d.Name, At: invite.DomainRecord + d.Name, Record: d.Record, Asked: f.Get("name") == d.Name}
		switch {
		case !d.Verified.IsZero():
			r.Verified = v.here(d.Verified)
		case mailed:
			r.To = invite.Postmasters(d.Name)
			if v.now().Before(d.Until) {
				r.Mailed, r.Until = d.MailedTo, v.here(d.Until)
			}
		}
		rows[i] = r
	}
	return rows, nil
}

func (v *visit) addDomain() error {
	return v.tryMembership("membership.domain.added", func(f *form) error {
		_, err := v.people.AddDomain(v.r.Context(), v.actor, f.Get("domain"))
		return err
	})
}

// verifyDomain looks the record up now; the answer of a name server that doesn't
// come is as good as none.
func (v *visit) verifyDomain() error {
	return v.tryMembership("membership.domain.verified", func(f *form) error {
		ctx, cancel := context.WithTimeout(v.r.Context(), lookupFor)
		defer cancel()
		name := f.Get("name")
		var found []string
		if all, err := v.people.Access(v.r.Context(), v.actor); err != nil {
			return err
		} else if !slices.ContainsFunc(all.Domains, func(d invite.Domain) bool { return d.Name == name }) {
			return access.ErrNotFound // nobody has names looked up that aren't theirs
		}
		if records, err := v.resolver.LookupTXT(ctx, invite.DomainRecord+name+"."); err == nil {
			found = records
		}
		err := v.people.VerifyDomain(v.r.Context(), v.actor, name, found)
		var invalid access.Invalid
		if errors.As(err, &invalid) && invalid.Problem == access.Unknown {
			return access.Invalid{Field: "domain", Problem: "no-record"}
		}
		return err
	})
}

func (v *visit) removeDomain() error {
	return v.tryMembership("membership.domain.removed", func(f *form) error {
		return v.people.RemoveDomain(v.r.Context(), v.actor, f.Get("name"))
	})
}

// mailDomainCode sends a code to one of the addresses by which whoever runs the
// domain can be reached. No other can be chosen.
func (v *visit) mailDomainCode() error {
	if v.mail == nil {
		return v.nothing()
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	name, to := f.Get("name"), f.Get("to")
	ctx, cancel := context.WithTimeout(v.r.Context(), mailFor)
	defer cancel()
	err = v.mail.SendDomainCode(ctx, v.actor.Org, v.text.Tag, name, to, func() (string, error) {
		return v.people.DomainCode(v.r.Context(), v.actor, name, to)
	})
	var lost *invite.Undeliverable
	var locked access.Locked
	switch {
	case errors.As(err, &locked):
		again := v.here(locked.Until)
		f.Say("to", v.text.Say("membership.mail.soon", "Time", again.Date+", "+again.Clock))
	case errors.As(err, &lost):
		f.Say("to", v.text.Say("membership.mail.lost", "Why", v.or("invitation.reason.", string(lost.Reason))))
	case err != nil && ctx.Err() != nil && v.r.Context().Err() == nil:
		f.Say("to", v.text.Say("membership.mail.slow"))
	default:
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if f.Bad() {
		return v.showMembership(http.StatusUnprocessableEntity, f)
	}
	return v.done("membership.mail.sent", "/membership#domains")
}

// enterDomainCode proves a domain by the code that was mailed.
func (v *visit) enterDomainCode() error {
	if !v.attempt() {
		return access.ErrTooMany
	}
	return v.tryMembership("membership.domain.verified", func(f *form) error {
		if f.Require("code"); f.Bad() {
			return nil
		}
		err := v.people.VerifyDomainByCode(v.r.Context(), v.actor, f.Get("name"), f.Get("code"))
		var invalid access.Invalid
		switch {
		case !errors.As(err, &invalid):
		case invalid.Field == "domain": // another organisation was first
			return access.Invalid{Field: "code", Problem: "domain-taken"}
		case invalid.Problem == access.Unknown:
			return access.Invalid{Field: "code", Problem: "wrong-code"}
		default:
			return access.Invalid{Field: "code", Problem: "code-over"}
		}
		return err
	})
}
