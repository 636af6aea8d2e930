package console

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

//go:embed words/*.json
var wordFiles embed.FS

// languageTags are the languages of the console. The first is spoken to whoever
// asks for none of them.
var languageTags = []string{"en", "de", "ru"}

// texts holds everything the console can say.
type texts struct {
	all     map[string]*language
	matcher xlanguage.Matcher
}

// language is one of the console's languages.
type language struct {
	Tag   string
	words *i18n.Localizer
	print *message.Printer
}

// loadTexts reads them once.
var loadTexts = sync.OnceValues(readTexts)

func readTexts() (*texts, error) {
	bundle := i18n.NewBundle(xlanguage.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	t := &texts{all: map[string]*language{}}
	var tags []xlanguage.Tag
	for _, name := range languageTags {
		if _, err := bundle.LoadMessageFileFS(wordFiles, "words/"+name+".json"); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		tag := xlanguage.MustParse(name)
		tags = append(tags, tag)
		t.all[name] = &language{Tag: name, words: i18n.NewLocalizer(bundle, name), print: message.NewPrinter(tag)}
	}
	t.matcher = xlanguage.NewMatcher(tags)
	return t, nil
}

// in returns the language of a BCP 47 tag; ok is false for none and for one
// that the console doesn't speak.
func (t *texts) in(tag string) (lang *language, ok bool) {
	lang, ok = t.all[tag]
	return lang, ok
}

// of returns the language to speak to somebody who isn't signed in: what he
// chose on the page, or what his browser asks for.
func (t *texts) of(r *http.Request) *language {
	if cookie, err := r.Cookie("language"); err == nil {
		if lang, ok := t.in(cookie.Value); ok {
			return lang
		}
	}
	wanted, _, err := xlanguage.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return t.all[languageTags[0]]
	}
	_, i, _ := t.matcher.Match(wanted...)
	return t.all[languageTags[i]]
}

// say puts a message into words; pairs are names and values for its blanks. A
// message that is missing shows its key, which a test sees to.
func (l *language) say(key string, pairs ...any) string {
	return l.localize(key, nil, pairs)
}

// count puts a message with a number into words, in the plural form that the
// language has for it. The message's blank for the number is {{.Count}}.
func (l *language) count(key string, n int, pairs ...any) string {
	return l.localize(key, n, append(pairs, "Count", l.number(n)))
}

func (l *language) localize(key string, plural any, pairs []any) string {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	s, err := l.words.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: plural, TemplateData: data})
	var missing *i18n.MessageNotFoundErr
	if errors.As(err, &missing) || s == "" {
		return key
	}
	return s
}

// has tells whether there is such a message.
func (l *language) has(key string) bool { return l.say(key) != key }

// wrong puts a problem of a field into words.
func (l *language) wrong(problem string) string {
	if key := "problem." + problem; l.has(key) {
		return l.say(key)
	}
	return l.say("problem.other")
}

// number writes a whole number with the language's separators.
func (l *language) number(n int) string { return l.print.Sprint(number.Decimal(n)) }

// decimal writes a number with one digit after the language's decimal mark.
func (l *language) decimal(f float64) string {
	return l.print.Sprint(number.Decimal(f, number.MaxFractionDigits(1)))
}
