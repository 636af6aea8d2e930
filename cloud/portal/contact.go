package portal

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/invite"
)

// contactPage asks for the codes that were sent to new addresses and numbers.
type contactPage struct {
	Changes []changeRow
	Until   *moment // when another try is possible; nil: at once
}

type changeRow struct {
	*form
	ID      string
	Address string
	Now     string // what counts until then; empty: nothing
	Phone   bool
}

func (v *visit) contact() error {
	if len(v.own.Changes) == 0 {
		v.goTo("/my/details")
		return nil
	}
	return v.showContact(http.StatusOK, newForm(), nil)
}

// showContact shows what waits; f is the form of the change that it names.
func (v *visit) showContact(status int, f *form, until *moment) error {
	p := contactPage{Until: until}
	for _, c := range v.own.Changes {
		row := changeRow{form: newForm(), ID: string(c.ID), Address: c.Address, Now: v.own.Contact.Email, Phone: c.Channel == invite.SMS}
		if row.Phone {
			row.Now = v.own.Contact.Phone
		}
		if f.Get("id") == row.ID {
			row.form = f
		}
		p.Changes = append(p.Changes, row)
	}
	return v.show(status, "my", "contact", p)
}

// confirmContact takes the code that was sent to a new address or number.
func (v *visit) confirmContact() error {
	return v.onChange("contact.confirmed", "/my/details", func(f *form, id invite.ContactChangeID) error {
		if f.Get("code") == "" {
			return access.Invalid{Field: "code", Problem: access.Required}
		}
		err := v.Accounts.ConfirmOwnContact(v.r.Context(), v.self, id, f.Get("code"))
		if wrong := (access.Invalid{}); errors.As(err, &wrong) && wrong.Problem == access.Unknown {
			return access.Invalid{Field: "code", Problem: "wrong-code"}
		}
		return err
	})
}

func (v *visit) resendContact() error {
	return v.onChange("contact.on-its-way", "/my/contact", func(_ *form, id invite.ContactChangeID) error {
		return v.Accounts.ResendOwnContact(v.r.Context(), v.self, id)
	})
}

func (v *visit) cancelContact() error {
	return v.onChange("contact.cancelled", "/my/details", func(_ *form, id invite.ContactChangeID) error {
		return v.Accounts.CancelOwnContact(v.r.Context(), v.self, id)
	})
}

func (v *visit) onChange(said, path string, do func(*form, invite.ContactChangeID) error) error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if !v.attempt() {
		return access.ErrTooMany
	}
	err = do(f, invite.ContactChangeID(f.Get("id")))
	var locked access.Locked
	if errors.As(err, &locked) {
		return v.showContact(http.StatusTooManyRequests, f, v.here(locked.Until))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if f.Bad() {
		return v.showContact(http.StatusUnprocessableEntity, f, nil)
	}
	v.rightAttempt()
	return v.done(said, path)
}

// waiting tells how many changes wait for a code, as the store has it now.
func (v *visit) waiting() (int, error) {
	own, err := v.Accounts.Own(v.r.Context(), v.self)
	return len(own.Changes), err
}
