package contact

import (
	"regexp"
	"strings"
)

var (
	at        = regexp.MustCompile(`(?i)\s*[\[({]\s*(?:at|ät)\s*[\])}]\s*|\s+(?:at|ät)\s+`)
	dot       = regexp.MustCompile(`(?i)\s*[\[({]\s*(?:dot|punkt)\s*[\])}]\s*`)
	separator = regexp.MustCompile(`\s*[,;/|]\s*|\s+`)
	doubled   = strings.NewReplacer("@@", "@", "..", ".", ",", ".")

	umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue",
		"é", "e", "è", "e", "ê", "e", "á", "a", "à", "a", "ç", "c", "ñ", "n", "í", "i", "ó", "o", "ú", "u", "ł", "l", "ø", "o", "å", "a")
	lookalikes = strings.NewReplacer("а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "х", "x", "у", "y", "і", "i", "ѕ", "s", "ј", "j",
		"А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "Х", "X")
)

// meantAddress guesses the address behind a refused one; empty: no guess.
func meantAddress(text string) string {
	if len(text) > 4*longestAddress {
		return ""
	}
	text = dot.ReplaceAllString(at.ReplaceAllString(text, "@"), ".")
	tries := []string{text, strings.ReplaceAll(text, " ", ""), doubled.Replace(text)}
	tries = append(tries, separator.Split(text, -1)...) // two addresses in one cell: the first
	for _, mend := range []func(string) string{unwrap, umlauts.Replace, lookalikes.Replace, doubled.Replace} {
		for i, try := range tries {
			tries[i] = mend(try)
			if found, ok := address(tries[i]); ok {
				return found
			}
		}
	}
	return ""
}

// Typo tells the address that was probably meant when the domain of a lawful one
// is a well-known slip of the keys, such as gmial.com; empty: it looks right.
func Typo(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return ""
	}
	local, domain := email[:at], email[at+1:]
	if right, ok := slips[domain]; ok {
		return local + "@" + right
	}
	if dot := strings.LastIndexByte(domain, '.'); dot > 0 && endings[domain[dot:]] != "" {
		return local + "@" + domain[:dot] + endings[domain[dot:]]
	}
	return ""
}

// endings are no top-level domains, and what was meant.
var endings = map[string]string{
	".con": ".com", ".cmo": ".com", ".ocm": ".com", ".comm": ".com", ".vom": ".com", ".xom": ".com", ".coml": ".com",
	".dee": ".de", ".ded": ".de", ".rru": ".ru", ".ry": ".ru", ".ogr": ".org", ".nte": ".net", ".nett": ".net",
}

// slips are domains that people write for a large provider's.
var slips = func() map[string]string {
	list := map[string]string{
		"gmail.com":      "gmial.com gmai.com gmal.com gamil.com gmali.com gnail.com gmaill.com gmail.co gmail.cm gmail.de gmail.ru gmil.com ggmail.com gmaul.com gmeil.com",
		"googlemail.com": "googelmail.com goglemail.com googlemail.co googlmail.com",
		"hotmail.com":    "hotmal.com hotmial.com hotmai.com hotmil.com hotmaill.com homail.com hotmail.co htmail.com",
		"outlook.com":    "outlok.com outloook.com outlook.co oulook.com outllook.com otlook.com",
		"yahoo.com":      "yaho.com yahooo.com yhoo.com yahoo.co yaoo.com",
		"icloud.com":     "iclod.com icloud.co iclould.com icluod.com",
		"gmx.de":         "gmx.d gmxx.de gnx.de gmx.dde",
		"web.de":         "wep.de web.d webb.de weeb.de",
		"t-online.de":    "tonline.de t-onlin.de t-oline.de t-online.d t-onlne.de",
		"freenet.de":     "frenet.de freenet.d freenett.de",
		"yandex.ru":      "yandx.ru yadex.ru jandex.ru yndex.ru yandex.r yandeks.ru",
		"mail.ru":        "mial.ru mali.ru mail.r maill.ru meil.ru",
		"rambler.ru":     "ramler.ru rambler.r rambbler.ru",
		"bk.ru":          "bk.r", "inbox.ru": "inbx.ru inbox.r", "list.ru": "lsit.ru list.r",
	}
	out := map[string]string{}
	for right, wrongs := range list {
		for wrong := range strings.FieldsSeq(wrongs) {
			out[wrong] = right
		}
	}
	return out
}()
