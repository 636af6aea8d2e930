package importer

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"muster/attendance"
	"muster/intake"
	"muster/invite"
)

// reader understands rows: what cells say becomes a record.
type reader struct {
	kind     intake.Kind
	region   string
	contacts Contacts
	columns  map[intake.Field]string
	sites    map[string]attendance.Site // by folded name
	names    []string                   // of the sites
	seen     intake.Seen
}

func newReader(j intake.Job, s intake.Sheet, c Contacts) *reader {
	r := &reader{kind: j.Kind, region: j.Region, contacts: c, columns: map[intake.Field]string{}, sites: map[string]attendance.Site{}}
	for _, c := range s.Columns {
		r.columns[c.Field] = c.Letter
	}
	for _, site := range j.Sites {
		r.sites[fold(site.Name)] = site
		r.names = append(r.names, site.Name)
	}
	return r
}

// tidy makes the same id the same text, however it was typed.
func tidy(id string) string { return norm.NFC.String(strings.Join(strings.Fields(id), " ")) }

func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// read makes a record of a row's cells, and refuses the row where one can't be.
func (r *reader) read(row *intake.Row) {
	c := row.Cells
	if len(row.Problems) > 0 {
		c = maps.Clone(c)
		for _, p := range row.Problems {
			delete(c, p.Field) // one reason is enough
		}
	}
	refuse := func(f intake.Field, code, given, meant string) {
		row.Refuse(intake.Problem{Field: f, Column: r.columns[f], Code: code, Given: excerpt(given), Suggestion: meant})
	}
	contact := func(f intake.Field, value string, refusal *invite.Refusal) string {
		if refusal != nil {
			refuse(f, string(refusal.Reason), refusal.Given, refusal.Suggestion)
		}
		return value
	}
	rec := &row.Record
	email, refusal := r.contacts.Email(c[intake.Email])
	rec.Email = strings.ToLower(contact(intake.Email, email, refusal))
	rec.ExternalID, rec.Number = tidy(c[intake.ExternalID]), tidy(c[intake.Number])
	if r.kind == intake.People {
		phone, refusal := r.contacts.Phone(c[intake.Phone], r.region)
		rec.Phone = contact(intake.Phone, phone, refusal)
		rec.FirstName, rec.LastName = c[intake.FirstName], c[intake.LastName]
		if rec.FirstName == "" && rec.LastName == "" {
			rec.FirstName, rec.LastName = intake.SplitName(c[intake.Name])
		}
		if rec.Language = language(c[intake.Language]); rec.Language == "" && c[intake.Language] != "" {
			refuse(intake.Language, intake.UnknownLanguage, c[intake.Language], "")
		}
		r.readSites(row, c[intake.Sites], refuse)
	}
	if len(row.Problems) > 0 {
		row.Refuse()
		return
	}
	if rec.Email == "" && rec.ExternalID == "" && rec.Number == "" && (r.kind == intake.Choice || rec.FirstName == "" && rec.LastName == "") {
		row.Refuse(intake.Problem{Code: intake.NoKey})
		return
	}
	r.seen.Look(row, func(f intake.Field) string { return r.columns[f] })
	if r.kind == intake.People && row.Verdict != intake.Refused {
		r.doubt(row)
	}
}

// doubt notes what deserves a second look.
func (r *reader) doubt(row *intake.Row) {
	if code, meant := r.contacts.Doubt(row.Record.Email, row.Record.Phone); code != "" {
		f := intake.Email
		if row.Record.Email == "" {
			f = intake.Phone
		}
		row.Notes = append(row.Notes, intake.Problem{Field: f, Column: r.columns[f], Code: code, Given: row.Cells[f], Suggestion: meant})
	}
}

// readSites finds the sites that a cell names.
func (r *reader) readSites(row *intake.Row, cell string, refuse func(f intake.Field, code, given, meant string)) {
	if cell == "" {
		return
	}
	if site, ok := r.sites[fold(cell)]; ok { // its name may have a comma
		row.Record.Sites = []attendance.SiteID{site.ID}
		return
	}
	for name := range strings.FieldsFuncSeq(cell, func(c rune) bool { return strings.ContainsRune(";,|\n", c) }) {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		site, ok := r.sites[fold(name)]
		if !ok {
			refuse(intake.Sites, intake.UnknownSite, name, nearest(name, r.names))
			return
		}
		row.Record.Sites = append(row.Record.Sites, site.ID)
	}
	slices.Sort(row.Record.Sites)
	row.Record.Sites = slices.Compact(row.Record.Sites)
}

// languages are the words that people write for the product's languages.
var languages = func() map[string]string {
	words := map[string]string{
		"en": "en eng english englisch английский английский",
		"de": "de deu ger german deutsch немецкий",
		"ru": "ru rus russian russisch русский",
	}
	tags := map[string]string{}
	for tag, list := range words {
		for word := range strings.FieldsSeq(list) {
			tags[word] = tag
		}
	}
	return tags
}()

func language(cell string) string {
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(strings.ReplaceAll(cell, "_", "-"))), "-")
	return languages[word]
}

// nearest is the name that a misspelt one is a few keys away from; empty: none.
func nearest(name string, names []string) string {
	best, found := 3, ""
	for _, n := range names {
		if d := distance([]rune(fold(name)), []rune(fold(n))); d < best && 2*d <= len([]rune(n)) {
			best, found = d, n
		}
	}
	return found
}

// distance counts the letters to change, add or drop between two words.
func distance(a, b []rune) int {
	if len(a) > 200 || len(b) > 200 {
		return 200
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// excerpt is at most 100 characters of a cell.
func excerpt(text string) string {
	n := 0
	for i := range text {
		if n++; n > 100 {
			return text[:i] + "…"
		}
	}
	return text
}
