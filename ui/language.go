package ui

import (
	"embed"
	"encoding/json"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// The kiosk's words, one file a language. Placeholders are those of
// text/template; plural forms are CLDR's.
//
//go:embed messages/*.json
var messageFiles embed.FS

// Languages are what the kiosk speaks, in the order the switch shows them.
var Languages = []string{"de", "en", "ru"}

var (
	bundle          = loadBundle()
	languageMatcher = language.NewMatcher([]language.Tag{language.English, language.German, language.Russian})
)

func loadBundle() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range Languages {
		// A file that can't be read is a fault of the build, which the tests
		// see; the kiosk itself goes on and shows the names of messages.
		_, _ = b.LoadMessageFileFS(messageFiles, "messages/active."+l+".json")
	}
	return b
}

// lexicon says things in one language.
type lexicon struct {
	base      string // one of Languages
	halfDay   bool   // clock of twice twelve hours
	localizer *i18n.Localizer
}

// speak returns the lexicon for a BCP 47 tag: the nearest language the kiosk
// has, or English.
func speak(tag string) lexicon {
	t, err := language.Parse(tag)
	if err != nil {
		t = language.English
	}
	_, index, confidence := languageMatcher.Match(t)
	base := []string{"en", "de", "ru"}[index]
	if confidence == language.No {
		base = "en"
	}
	region, sure := t.Region()
	half := base == "en" && sure == language.Exact && region.String() == "US"
	return lexicon{base: base, halfDay: half, localizer: i18n.NewLocalizer(bundle, base)}
}

// values fill the placeholders of a message.
type values map[string]any

// say returns a message. One that is missing shows as its name, so that a
// screen is never without a word.
func (l lexicon) say(id string, with ...values) string {
	var data values
	if len(with) > 0 {
		data = with[0]
	}
	return l.localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data})
}

// count returns a message in the plural form that n asks for; N is n.
func (l lexicon) count(id string, n int) string {
	return l.localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n, TemplateData: values{"N": n}})
}

// has tells whether there is a message by this name.
func (l lexicon) has(id string) bool {
	_, err := l.localizer.Localize(&i18n.LocalizeConfig{MessageID: id})
	return err == nil
}

func (l lexicon) localize(c *i18n.LocalizeConfig) string {
	s, err := l.localizer.Localize(c)
	if err != nil && s == "" {
		return c.MessageID
	}
	return s
}
