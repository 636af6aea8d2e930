package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"muster/access"
	"muster/cloud/pages"
	"muster/intake"
	"muster/invite"
)

// confirmIntakePage says what is about to happen to how many.
type confirmIntakePage struct {
	intake.Intake
	Sums   []stateCount
	Send   bool
	Emails int
	SMS    int
	None   []stateCount // for whom nothing is sent, and why
	Life   string
}

func (p confirmIntakePage) title(l *language) string { return l.Count("intake.confirm", p.Fine()) }

// Messages is how many go out.
func (p confirmIntakePage) Messages() int { return p.Emails + p.SMS }

// Writes is how many people are added or changed.
func (p confirmIntakePage) Writes() int { return p.Counts[intake.New] + p.Counts[intake.Changed] }

func (v *visit) reviewIntake() error {
	i, err := v.findIntake()
	if err != nil {
		return err
	}
	if i.Stage != intake.Checked || i.Kind != intake.People || i.Fine() == 0 {
		v.goTo(intakeAt(i.ID, "", 0))
		return nil
	}
	return v.showReviewIntake(i, v.r.URL.Query().Get("send") == "now")
}

func (v *visit) showReviewIntake(i intake.Intake, send bool) error {
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	p := confirmIntakePage{Intake: i, Send: send, Life: v.text.Span(policy.Life)}
	for _, verdict := range intake.Verdicts {
		if n := i.Counts[verdict]; n > 0 {
			words := v.text.Say("intake.would." + string(verdict))
			if verdict == intake.Refused {
				words = v.text.Say("intake.left-out")
			}
			p.Sums = append(p.Sums, stateCount{verdictSigns[verdict][0], verdictSigns[verdict][1], words, n})
		}
	}
	if send {
		p.Emails, p.SMS = i.Sends[string(invite.Email)], i.Sends[string(invite.SMS)]
		for why, n := range i.Sends {
			if why != string(invite.Email) && why != string(invite.SMS) && n > 0 {
				p.None = append(p.None, stateCount{"refuse", "", v.text.Say("invitation.obstacle." + why), n})
			}
		}
		slices.SortFunc(p.None, func(a, b stateCount) int { return b.Count - a.Count })
	}
	return v.show(http.StatusOK, "app", "intake-confirm", "employees", p)
}

func (v *visit) confirmIntake() error {
	i, err := v.findIntake()
	if err != nil {
		return err
	}
	f, err := v.readForm()
	if err != nil {
		return err
	}
	c := intake.Confirmation{Invite: f.Get("send") == "now"}
	if c.Invite {
		var err1, err2 error
		c.Emails, err1 = strconv.Atoi(f.Get("emails"))
		c.SMS, err2 = strconv.Atoi(f.Get("texts"))
		if errors.Join(err1, err2) != nil {
			return pages.ErrBadForm
		}
	}
	if err := v.people.ConfirmIntake(v.r.Context(), v.actor, i.ID, c); err != nil && !errors.Is(err, access.ErrConflict) {
		return err // a conflict: the button was pressed twice
	}
	v.goTo(intakeAt(i.ID, "", 0))
	return nil
}

func (v *visit) dropIntake() error {
	i, err := v.findIntake()
	if err != nil {
		return err
	}
	if err := v.people.DropIntake(v.r.Context(), v.actor, i.ID); err != nil {
		return err
	}
	to := "/import"
	if i.Kind == intake.Choice {
		to += "?for=invitations"
	}
	return v.done("intake.dropped", to)
}
