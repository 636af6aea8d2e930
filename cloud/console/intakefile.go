package console

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"muster/access"
	"muster/intake"
)

// formats are the files that lists are written as.
var formats = map[string]string{
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"csv":  "text/csv; charset=utf-8",
}

// formatOf is the format of a file's name, such as "people.xlsx".
func formatOf(name string) (string, bool) {
	_, format, _ := strings.Cut(name, ".")
	return format, formats[format] != ""
}

func (v *visit) sendFile(name, format string, b *bytes.Buffer) {
	v.w.Header().Set("Content-Type", formats[format])
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+"."+format+`"`)
	_, _ = v.w.Write(b.Bytes()) // nobody to tell when the browser has gone
}

// importTemplate sends an empty list, to be filled in.
func (v *visit) importTemplate() error {
	format, ok := formatOf(v.r.PathValue("file"))
	if !ok || v.lists == nil {
		return access.ErrNotFound
	}
	var b bytes.Buffer
	if err := v.lists.Template(&b, format, v.text.Tag); err != nil {
		return err
	}
	v.sendFile(v.text.Say("intake.template-name"), format, &b)
	return nil
}

// refusedRows sends the rows that were refused, as they were given, with why: to be
// mended and uploaded again. It is made whole before the answer begins.
func (v *visit) refusedRows() error {
	i, err := v.findIntake()
	if err != nil {
		return err
	}
	format, ok := formatOf(v.r.PathValue("file"))
	if !ok || v.lists == nil {
		return access.ErrNotFound
	}
	var titles []string
	for _, c := range i.Sheet.Columns {
		titles = append(titles, v.lists.Title(c.Field, v.text.Tag))
	}
	titles = append(titles, v.text.Say("intake.reason-column"))
	var failed error
	var b bytes.Buffer
	err = v.lists.Write(&b, format, v.text.Tag, v.text.Say("intake.refused-name"), titles, v.refused(i, &failed))
	if failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	v.sendFile(v.text.Say("intake.refused-name"), format, &b)
	return nil
}

// refused gives the refused rows of a list as cells; what ends them early is in
// failed.
func (v *visit) refused(i intake.Intake, failed *error) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for after := 0; ; {
			rows, err := v.people.IntakeRows(v.r.Context(), v.actor, i.ID, intake.Refused, after, 1000)
			if err != nil {
				*failed = err
				return
			}
			for _, r := range rows {
				after = r.Line
				if !yield(v.mendable(i, r)) {
					return
				}
			}
			if len(rows) < 1000 {
				return
			}
		}
	}
}

// mendable is a refused row as it was given, and why it was refused.
func (v *visit) mendable(i intake.Intake, r intake.Row) []string {
	var cells, why []string
	for _, c := range i.Sheet.Columns {
		cells = append(cells, r.Cells[c.Field])
	}
	for _, p := range r.Problems {
		said := v.importProblem(p)
		parts := slices.DeleteFunc([]string{said.Where, said.Text, said.Meant}, func(s string) bool { return s == "" })
		why = append(why, strings.Join(parts, " · "))
	}
	return append(cells, strings.Join(why, "\n"))
}
