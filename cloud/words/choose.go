package words

import (
	"net/http"

	xlanguage "golang.org/x/text/language"

	"muster/attendance"
)

// cookie keeps which language somebody picked on a page, until it is known who they
// are.
const cookie = "language"

var matcher = func() xlanguage.Matcher {
	var tags []xlanguage.Tag
	for _, tag := range attendance.Languages {
		tags = append(tags, xlanguage.MustParse(tag))
	}
	return xlanguage.NewMatcher(tags)
}()

// Asked returns the one of attendance.Languages that fits the header Accept-Language
// best.
func Asked(header string) string {
	_, i := xlanguage.MatchStrings(matcher, header)
	return attendance.Languages[i]
}

// Of returns the language to speak to somebody who isn't signed in: what they chose
// on a page, or what their browser asks for.
func (t *Texts) Of(r *http.Request) *Language {
	if lang, ok := t.Chosen(r); ok {
		return lang
	}
	return t.all[Asked(r.Header.Get("Accept-Language"))]
}

// Chosen returns the language that the reader picked on a page; ok is false where
// they picked none.
func (t *Texts) Chosen(r *http.Request) (lang *Language, ok bool) {
	kept, err := r.Cookie(cookie)
	if err != nil {
		return nil, false
	}
	return t.In(kept.Value)
}

// Choose keeps a language that was picked on a page for people who aren't signed in,
// by its "language" in the query. back is that page without it; ok is false where
// none was picked.
func (t *Texts) Choose(w http.ResponseWriter, r *http.Request, https bool) (back string, ok bool) {
	q := r.URL.Query()
	lang, ok := t.In(q.Get("language"))
	if !ok {
		return "", false
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: lang.Tag, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: https, SameSite: http.SameSiteLaxMode,
	})
	q.Del("language")
	to := *r.URL
	to.RawQuery = q.Encode()
	return to.RequestURI(), true
}
