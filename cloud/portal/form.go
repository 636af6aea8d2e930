package portal

import "muster/cloud/pages"

// form is what somebody typed, and what is wrong with it.
type form = pages.Form

func newForm() *form { return pages.NewForm() }

// readForm reads a posted form.
func (v *visit) readForm() (*form, error) { return pages.ReadForm(v.w, v.r, pages.FormLimit) }
