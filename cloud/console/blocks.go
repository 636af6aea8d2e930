package console

import (
	"net/http"

	"muster/access"
	"muster/attendance"
)

type blocksPage struct {
	Rows []blockRow
	Lift bool // whoever reads may lift
	Full bool // there are more than are shown
}

type blockRow struct {
	Address, Reason, Detail string
	Since                   *moment
}

// mostBlocks is how many blocks the page shows.
const mostBlocks = 500

func (v *visit) blocks() error {
	all, err := v.people.Blocks(v.r.Context(), v.actor, mostBlocks)
	if err != nil {
		return err
	}
	p := blocksPage{Lift: v.actor.May(access.ManageSites), Full: len(all) == mostBlocks}
	for _, b := range all {
		p.Rows = append(p.Rows, blockRow{b.Address, v.text.Say("invitation.reason." + string(b.Reason)), b.Detail, v.here(b.Since)})
	}
	return v.show(http.StatusOK, "app", "blocks", "invitations", p)
}

func (v *visit) liftBlock() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	if err := v.people.LiftBlock(v.r.Context(), v.actor, f.Raw("address")); err != nil {
		return err
	}
	back := "/invitations/blocks"
	if id, err := attendance.ParseID[attendance.ProfileID](f.Get("person")); err == nil {
		back = "/employees/" + string(id) + "#invitation"
	}
	return v.done("invitation.lifted", back)
}
