package console

import (
	"errors"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
	"muster/device"
)

// importLimit is how large an export file may be, in bytes: some 300,000 rows.
const importLimit = 64 << 20

// importView is what a file holds and what became of it.
type importView struct {
	device.Import
	Taken    bool
	From, To *moment
}

// importRows looks at a file with a tablet's journal, or takes it in.
func (v *visit) importRows() error {
	t, err := v.findTablet()
	if err != nil {
		return err
	}
	if !v.actor.Everywhere() {
		return access.ErrForbidden
	}
	f := newForm()
	file, err := pages.ReadUpload(v.w, v.r, importLimit, "file")
	take := v.r.FormValue("do") == "take"
	var found device.Import
	if err == nil {
		found, err = v.imports.Import(v.r.Context(), v.actor, t.ID, file, take)
	}
	var invalid access.Invalid
	if errors.As(err, &invalid) {
		f.Reject("file", invalid.Problem)
		return v.showDevice(http.StatusUnprocessableEntity, t, f)
	}
	if err != nil {
		return err
	}
	view := &importView{Import: found, Taken: take, From: v.here(found.From), To: v.here(found.To)}
	return v.showDeviceWith(http.StatusOK, t, f, view)
}
