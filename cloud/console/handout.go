package console

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"muster/attendance"
	"muster/invite"
)

// handOutPage shows a code, once.
type handOutPage struct {
	Person  *person
	Code    string
	Start   string
	QR      template.HTML // of the address where the code is entered; empty: none
	Expires *moment
}

func (p handOutPage) title(l *language) string {
	return l.Say("handout.heading", "Name", p.Person.Name)
}

func (v *visit) confirmHandOut() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	return v.confirm("invitations", confirmPage{
		Heading: v.text.Say("handout.confirm", "Name", m.Profile.Name()),
		Effects: []string{v.text.Say("handout.once"), v.text.Say("handout.replaces"), v.text.Say("handout.no-message")},
		Button:  v.text.Say("handout.button"), Action: employeeAt(m) + "/hand-out", Back: employeeAt(m), Calm: true,
	})
}

// handOut shows the code in the answer itself: asked for again, it would be another.
func (v *visit) handOut() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	code, err := v.people.HandOut(v.r.Context(), v.actor, m.Profile.ID)
	return v.showCode(m, code, err)
}

func (v *visit) confirmResetAccess() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	return v.confirm("employees", confirmPage{
		Heading: v.text.Say("reset.heading", "Name", m.Profile.Name()),
		Effects: []string{v.text.Say("reset.out"), v.text.Say("reset.once"), v.text.Say("reset.active")},
		Button:  v.text.Say("reset.button"), Action: employeeAt(m) + "/reset-access", Back: employeeAt(m),
	})
}

func (v *visit) resetAccess() error {
	m, err := v.findMember()
	if err != nil {
		return err
	}
	code, err := v.people.ResetAccess(v.r.Context(), v.actor, m.Profile.ID)
	return v.showCode(m, code, err)
}

// showCode shows a code that was just made, or why none was.
func (v *visit) showCode(m attendance.Member, code invite.AccessCode, err error) error {
	var notNow *invite.NotNow
	if errors.As(err, &notNow) {
		return v.done("invitation.not-possible", employeeAt(m))
	}
	if err != nil {
		return err
	}
	_, sites, err := v.siteChoices()
	if err != nil {
		return err
	}
	p := handOutPage{Person: personOf(code.Person), Code: code.Code, Start: invite.SignInAt(v.start, code.At), Expires: v.at(code.Expires, zoneOfMember(sites, m))}
	if p.QR, err = v.drawQR(p.Start); err != nil {
		return err
	}
	return v.show(http.StatusOK, "app", "handout", "invitations", p)
}

// drawQR draws a text as a picture inside the page.
func (v *visit) drawQR(text string) (template.HTML, error) {
	if v.qr == nil {
		return "", nil
	}
	rows, err := v.qr(text)
	if err != nil {
		return "", fmt.Errorf("qr code: %w", err)
	}
	const zone = 4 // light modules around
	var b strings.Builder
	n := len(rows) + 2*zone
	fmt.Fprintf(&b, `<svg class="qr" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true" focusable="false"><rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, n, n, n, n)
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+zone, y+zone)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil //nolint:gosec // numbers only
}

// accountSteps are the decisions about one person's account: their words, and
// what they come to.
var accountSteps = map[string]struct {
	calm bool
	do   func(*visit, attendance.ProfileID) error
}{
	"revoke": {do: func(v *visit, id attendance.ProfileID) error {
		return v.people.RevokeInvitation(v.r.Context(), v.actor, id)
	}},
	"deactivate": {do: func(v *visit, id attendance.ProfileID) error {
		return v.people.DeactivateAccount(v.r.Context(), v.actor, id)
	}},
	"reactivate": {calm: true, do: func(v *visit, id attendance.ProfileID) error {
		return v.people.ReactivateAccount(v.r.Context(), v.actor, id)
	}},
}

func (v *visit) confirmAccountStep() error {
	name := v.r.PathValue("step")
	step, known := accountSteps[name]
	if !known {
		return v.nothing()
	}
	m, err := v.findMember()
	if err != nil {
		return err
	}
	key := "account-step." + name
	return v.confirm("employees", confirmPage{
		Heading: v.text.Say(key+".heading", "Name", m.Profile.Name()),
		Effects: []string{v.text.Say(key + ".effect"), v.text.Say(key + ".then")},
		Button:  v.text.Say(key + ".button"), Action: employeeAt(m) + "/account/" + name, Back: employeeAt(m), Calm: step.calm,
	})
}

func (v *visit) accountStep() error {
	name := v.r.PathValue("step")
	step, known := accountSteps[name]
	if !known {
		return v.nothing()
	}
	m, err := v.findMember()
	if err != nil {
		return err
	}
	err = step.do(v, m.Profile.ID)
	var notNow *invite.NotNow
	if errors.As(err, &notNow) {
		return v.done("invitation.not-possible", employeeAt(m))
	}
	if isInvalid(err, "email") {
		return v.done("account-step.reactivate.taken", employeeAt(m))
	}
	if err != nil {
		return err
	}
	return v.done("account-step."+name+".done", employeeAt(m))
}
