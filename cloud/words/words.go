// Package words is what pages say: texts by key in each language, in the plural form
// that a number asks for, with dates and numbers as the language writes them.
package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"muster/attendance"
)

// Texts holds everything that a set of pages can say.
type Texts struct{ all map[string]*Language }

// Language says it in one language.
type Language struct {
	Tag   string // one of attendance.Languages
	words *i18n.Localizer
	print *message.Printer
}

// Load reads words/TAG.json for each of attendance.Languages: a text by its key, or a
// text for each plural form of CLDR. Blanks are those of text/template.
func Load(files fs.FS) (*Texts, error) {
	bundle := i18n.NewBundle(xlanguage.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	t := &Texts{all: map[string]*Language{}}
	for _, tag := range attendance.Languages {
		if _, err := bundle.LoadMessageFileFS(files, "words/"+tag+".json"); err != nil {
			return nil, fmt.Errorf("%s: %w", tag, err)
		}
		t.all[tag] = &Language{Tag: tag, words: i18n.NewLocalizer(bundle, tag), print: message.NewPrinter(xlanguage.MustParse(tag))}
	}
	return t, nil
}

// In returns the language of a tag; ok is false for none and for one that isn't
// spoken.
func (t *Texts) In(tag string) (lang *Language, ok bool) {
	lang, ok = t.all[tag]
	return lang, ok
}

// Say puts a message into words; pairs are names and values for its blanks. A
// message that is missing shows its key, which a test sees to.
func (l *Language) Say(key string, pairs ...any) string {
	return l.localize(key, nil, blanks(pairs))
}

// Count puts a message with a number into words, in the plural form that the
// language has for it. The message's blank for the number is {{.Count}}.
func (l *Language) Count(key string, n int, pairs ...any) string {
	return l.localize(key, n, blanks(append(pairs, "Count", l.Number(n))))
}

func blanks(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}

func (l *Language) localize(key string, plural, data any) string {
	s, err := l.words.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: plural, TemplateData: data})
	var missing *i18n.MessageNotFoundErr
	if errors.As(err, &missing) || s == "" {
		return key
	}
	return s
}

// Has tells whether there is such a message.
func (l *Language) Has(key string) bool { return l.Say(key) != key }

// Wrong puts a problem of a field into words.
func (l *Language) Wrong(problem string) string {
	if key := "problem." + problem; l.Has(key) {
		return l.Say(key)
	}
	return l.Say("problem.other")
}

// Number writes a whole number with the language's separators.
func (l *Language) Number(n int) string { return l.print.Sprint(number.Decimal(n)) }

// Decimal writes a number with one digit after the language's decimal mark.
func (l *Language) Decimal(f float64) string {
	return l.print.Sprint(number.Decimal(f, number.MaxFractionDigits(1)))
}
