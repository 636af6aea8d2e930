package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// licenceNote is one thing that is to be said of the licence.
type licenceNote struct{ State, Text, Mend string }

// licenceNotes are for whoever can do something about it; nobody else gets any.
func (v *visit) licenceNotes() ([]licenceNote, error) {
	if !v.actor.May(access.ManageSites) {
		return nil, nil
	}
	a, err := v.people.Access(v.r.Context(), v.actor)
	if err != nil {
		return nil, err
	}
	return v.notesOf(a.Licence, a.Taken), nil
}

// setBackNote says that the cloud's database was restored from a backup, and what
// whoever runs it has yet to do.
func (v *visit) setBackNote(since time.Time) licenceNote {
	at := v.here(since)
	return licenceNote{State: "refuse", Text: v.text.Say("set-back", "Date", at.Date+", "+at.Clock), Mend: v.text.Say("set-back.mend")}
}

// clockNotes say which parts of the cloud take no tablets because their clocks are
// wrong.
func (v *visit) clockNotes(all []attendance.WrongClock) (notes []licenceNote) {
	for _, c := range all {
		notes = append(notes, licenceNote{
			State: "refuse", Text: v.text.Say("wrong-clock", "Name", c.Name, "Seconds", v.text.Number(int(c.Off.Abs().Seconds()))), Mend: v.text.Say("wrong-clock.mend"),
		})
	}
	return notes
}

func (v *visit) notesOf(l invite.Licence, taken int) (all []licenceNote) {
	for _, w := range l.Warnings(taken, v.now()) {
		n := licenceNote{State: "wait", Mend: v.text.Say("licence." + string(w) + ".mend")}
		if w == invite.LicenceEnded || w == invite.SeatsGone {
			n.State = "refuse"
		}
		end := ""
		if !l.Expires.IsZero() {
			end = v.here(l.Expires).Date
		}
		n.Text = v.text.Say("licence."+string(w), "Date", end, "Taken", v.text.Number(taken), "Seats", v.text.Number(l.Seats))
		all = append(all, n)
	}
	return all
}

// licenceWords says in the reader's language what the audit log has of a licence,
// such as "team, 25 seats, until 2027-01-31".
func (v *visit) licenceWords(noted string) string {
	var kind, until string
	var seats int
	if n, err := fmt.Sscanf(strings.ReplaceAll(noted, ",", ""), "%s %d seats until %s", &kind, &seats, &until); err != nil || n != 3 || !slices.Contains(licenceTypes(), kind) {
		return noted
	}
	var end time.Time
	if day, err := time.Parse(time.DateOnly, until); err == nil {
		end = day
	}
	return v.text.Say("operator.licence-words", "Type", v.text.Say("membership.type."+kind), "Seats", v.seatsWords(seats), "Until", v.untilWords(end))
}
