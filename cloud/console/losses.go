package console

import (
	"time"

	"muster/device"
)

// lossView is what is missing of a tablet's journal, in words.
type lossView struct {
	What string // which records
	When string // between which moments they were written; empty: nobody knows
}

func (v *visit) lossViews(t device.Tablet, zone *time.Location) (all []lossView) {
	for _, l := range t.Losses {
		var view lossView
		switch {
		case l.Open:
			view.What = v.text.Say("loss.open", "From", v.text.Number(int(l.From))) //nolint:gosec // below 1<<62
		case l.From == l.To:
			view.What = v.text.Say("loss.one", "From", v.text.Number(int(l.From))) //nolint:gosec // below 1<<62
		default:
			view.What = v.text.Count("loss.several", int(l.To-l.From+1), "From", v.text.Number(int(l.From)), "To", v.text.Number(int(l.To))) //nolint:gosec // below 1<<62
		}
		after, before := v.at(l.After, zone), v.at(l.Before, zone)
		switch {
		case after != nil && before != nil:
			view.When = v.text.Say("loss.between", "After", after.Date+", "+after.Clock, "Before", before.Date+", "+before.Clock)
		case after != nil:
			view.When = v.text.Say("loss.after", "After", after.Date+", "+after.Clock)
		case before != nil:
			view.When = v.text.Say("loss.before", "Before", before.Date+", "+before.Clock)
		}
		all = append(all, view)
	}
	return all
}
