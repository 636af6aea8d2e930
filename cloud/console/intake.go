package console

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"muster/access"
	"muster/attendance"
	"muster/intake"
	"muster/invite"
)

// rowsPerPage is how many rows of a list a page shows.
const rowsPerPage = 50

// intakes are lists of people from spreadsheets.
type intakes interface {
	StartIntake(ctx context.Context, actor access.Actor, u intake.Upload) (intake.ID, error)
	Intake(ctx context.Context, actor access.Actor, id intake.ID) (intake.Intake, error)
	Intakes(ctx context.Context, actor access.Actor, limit int) ([]intake.Intake, error)
	IntakeRows(ctx context.Context, actor access.Actor, id intake.ID, verdict intake.Verdict, after, limit int) ([]intake.Row, error)
	ConfirmIntake(ctx context.Context, actor access.Actor, id intake.ID, c intake.Confirmation) error
	DropIntake(ctx context.Context, actor access.Actor, id intake.ID) error
}

// Lists writes files for spreadsheet programs. A format is "xlsx" or "csv".
type Lists interface {
	// Template writes an empty list with examples, to be filled in.
	Template(w io.Writer, format, language string) error
	// Title is the header of a column in a language.
	Title(f intake.Field, language string) string
	Write(w io.Writer, format, language, name string, titles []string, rows iter.Seq[[]string]) error
}

func intakeAt(id intake.ID, verdict intake.Verdict, after int) string {
	q := url.Values{}
	if verdict != "" {
		q.Set("show", string(verdict))
	}
	if after > 0 {
		q.Set("after", strconv.Itoa(after))
	}
	if len(q) == 0 {
		return "/import/" + string(id)
	}
	return "/import/" + string(id) + "?" + q.Encode()
}

// intakePage shows a list as far as it is: being read, checked row by row, being
// written, or done.
type intakePage struct {
	intake.Intake
	Choice, Reading, Checked, Writing, Done, Failed bool
	Why                                             string // it failed, or its end is missing
	Here                                            string
	Filters                                         []filterLink
	Aside                                           []string // columns that aren't taken in, and why
	Columns                                         []importColumn
	People                                          []importRow
	Next, First                                     string
	Later                                           bool
	Refused                                         int
	Short                                           string // seats of the licence are too few, in words
	Total                                           int    // rows to come at most
	Now                                             bool
	When                                            *moment
	Region                                          string
}

// importColumn is one column with what it was taken for.
type importColumn struct{ Letter, Title, Field string }

func (p intakePage) title(*language) string { return p.Name }

type importRow struct {
	Line       int
	Name       string
	Number     string
	Contact    []string
	To         string // of the person, where they are there
	Sign, Icon string
	Words      string
	Changes    []importChange
	Problems   []importProblem
	Notes      []importProblem
}

type importChange struct{ Field, From, To string }

// importProblem is a problem in words: where, what is wrong, what was meant.
type importProblem struct{ Where, Text, Meant string }

func (v *visit) findIntake() (intake.Intake, error) {
	id, err := attendance.ParseID[intake.ID](v.r.PathValue("id"))
	if err != nil {
		return intake.Intake{}, access.ErrNotFound
	}
	return v.people.Intake(v.r.Context(), v.actor, id)
}

func (v *visit) intake() error {
	i, err := v.findIntake()
	if err != nil {
		return err
	}
	q := v.r.URL.Query()
	show := intake.Verdict(q.Get("show"))
	if !slices.Contains(intake.Verdicts, show) {
		show = ""
	}
	p := intakePage{
		Intake: i, Choice: i.Kind == intake.Choice, Here: v.r.URL.RequestURI(), First: intakeAt(i.ID, show, 0), When: v.here(i.At),
		Reading: i.Stage == intake.Reading, Checked: i.Stage == intake.Checked, Writing: i.Stage == intake.Writing, Done: i.Stage == intake.Done, Failed: i.Stage == intake.Failed,
		Total: max(i.Sheet.Lines, i.Rows), Refused: i.Counts[intake.Refused],
	}
	if p.Writing {
		p.Total = i.Rows
	}
	if i.Problem.Code != "" {
		p.Why = v.sentence(i.Problem)
	}
	if p.Checked || p.Done {
		if err := v.fillIntake(&p, i, show, typed(q.Get("after"))); err != nil {
			return err
		}
	}
	section := "employees"
	if p.Choice {
		section = "invitations"
	}
	return v.show(http.StatusOK, "app", "intake", section, p)
}

// fillIntake adds the rows, and what there is to choose.
func (v *visit) fillIntake(p *intakePage, i intake.Intake, show intake.Verdict, after int) error {
	policy, err := v.people.Policy(v.r.Context(), v.actor)
	if err != nil {
		return err
	}
	p.Now, p.Region = policy.InviteSingles, policy.Region
	p.Filters = append(p.Filters, filterLink{v.text.Say("intake.show.all"), intakeAt(i.ID, "", 0), i.Rows, show == ""})
	for _, verdict := range intake.Verdicts {
		if p.Choice && (verdict == intake.New || verdict == intake.Changed) {
			continue
		}
		p.Filters = append(p.Filters, filterLink{v.verdictWords(i, verdict), intakeAt(i.ID, verdict, 0), i.Counts[verdict], show == verdict})
	}
	for _, problem := range i.Sheet.Aside {
		p.Aside = append(p.Aside, v.text.Say("intake.aside."+problem.Code, "Column", problem.Column, "Title", problem.Given, "Meant", problem.Suggestion))
	}
	for _, c := range i.Sheet.Columns {
		p.Columns = append(p.Columns, importColumn{c.Letter, c.Title, v.text.Say("intake.field." + string(c.Field))})
	}
	rows, err := v.people.IntakeRows(v.r.Context(), v.actor, i.ID, show, after, rowsPerPage+1)
	if err != nil {
		return err
	}
	p.Later = after > 0
	if len(rows) > rowsPerPage {
		rows = rows[:rowsPerPage]
		p.Next = intakeAt(i.ID, show, rows[len(rows)-1].Line)
	}
	for _, r := range rows {
		p.People = append(p.People, v.importRow(i, r))
	}
	p.Short, err = v.seatsShort(i)
	return err
}

// mostLooked is how many refused rows are looked through for one that lacks a seat.
const mostLooked = 500

// seatsShort says how many seats are left, where rows were refused for want of more:
// mending the file doesn't help them.
func (v *visit) seatsShort(i intake.Intake) (string, error) {
	if i.Stage != intake.Checked || i.Counts[intake.Refused] == 0 {
		return "", nil
	}
	rows, err := v.people.IntakeRows(v.r.Context(), v.actor, i.ID, intake.Refused, 0, mostLooked)
	if err != nil {
		return "", err
	}
	lacks := func(p intake.Problem) bool { return p.Code == string(invite.NoSeat) }
	if !slices.ContainsFunc(rows, func(r intake.Row) bool { return slices.ContainsFunc(r.Problems, lacks) }) {
		return "", nil
	}
	a, err := v.people.Access(v.r.Context(), v.actor)
	if err != nil {
		return "", err
	}
	return v.text.Count("intake.seats-short", max(0, a.Licence.Seats-a.Taken)), nil
}

// rowWords say what one row would do, or has done.
func (v *visit) rowWords(i intake.Intake, verdict intake.Verdict) string {
	key := string(verdict)
	switch {
	case i.Kind == intake.Choice && verdict == intake.Same:
		key = "found"
	case i.Stage == intake.Done && verdict == intake.New:
		key = "added"
	case i.Stage == intake.Done && verdict == intake.Changed:
		key = "did-change"
	}
	return v.text.Say("intake.row." + key)
}

// verdictWords name the rows of a kind.
func (v *visit) verdictWords(i intake.Intake, verdict intake.Verdict) string {
	switch {
	case i.Kind == intake.Choice:
		return v.text.Say("intake.found." + string(verdict))
	case i.Stage == intake.Done:
		return v.text.Say("intake.done." + string(verdict))
	default:
		return v.text.Say("intake.would." + string(verdict))
	}
}

// verdictSigns say which shape or icon stands for what a row does.
var verdictSigns = map[intake.Verdict][2]string{
	intake.New: {"accept", ""}, intake.Changed: {"accept", ""}, intake.Same: {"", "circle-dashed"}, intake.Refused: {"refuse", ""},
}

func (v *visit) importRow(i intake.Intake, r intake.Row) importRow {
	row := importRow{Line: r.Line, Number: r.Record.Number, Words: v.rowWords(i, r.Verdict), Sign: verdictSigns[r.Verdict][0], Icon: verdictSigns[r.Verdict][1]}
	if i.Kind == intake.Choice && r.Verdict == intake.Same {
		row.Sign = "accept"
	}
	c := r.Record
	row.Name = attendance.Profile{FirstName: c.FirstName, LastName: c.LastName}.Name()
	given := map[intake.Field]string{intake.Email: c.Email, intake.Phone: c.Phone, intake.ExternalID: c.ExternalID}
	for _, f := range []intake.Field{intake.Email, intake.Phone, intake.ExternalID} {
		text := given[f]
		if text == "" {
			text = r.Cells[f]
		}
		if text != "" {
			row.Contact = append(row.Contact, text)
		}
	}
	if row.Name == "" {
		row.Name = r.Cells[intake.Name]
	}
	if r.Person != "" && (r.Verdict != intake.New || i.Stage == intake.Done) {
		row.To = "/employees/" + string(r.Person)
	}
	for _, change := range r.Changes {
		row.Changes = append(row.Changes, importChange{v.text.Say("intake.field." + string(change.Field)), change.From, change.To})
	}
	for _, p := range r.Problems {
		row.Problems = append(row.Problems, v.importProblem(p))
	}
	for _, p := range r.Notes {
		row.Notes = append(row.Notes, v.importProblem(p))
	}
	return row
}

func (v *visit) importProblem(p intake.Problem) importProblem {
	out := importProblem{Text: v.sentence(p)}
	switch {
	case p.Column != "" && p.Field != "":
		out.Where = v.text.Say("intake.where", "Column", p.Column, "Field", v.text.Say("intake.field."+string(p.Field)))
	case p.Field != "":
		out.Where = v.text.Say("intake.field." + string(p.Field))
	}
	if p.Suggestion != "" {
		out.Meant = v.text.Say("intake.meant", "Text", p.Suggestion)
	}
	return out
}

// sentence says what is wrong.
func (v *visit) sentence(p intake.Problem) string {
	key := "intake.problem." + p.Code
	if !v.text.Has(key) {
		key = "intake.problem.other"
	}
	return v.text.Say(key, "Given", p.Given, "Line", v.text.Number(p.Line))
}
