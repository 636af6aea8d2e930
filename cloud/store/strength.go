package store

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"golang.org/x/text/unicode/norm"

	"muster/access"
	"muster/invite"
)

// mostJudged is how much of a password is looked at, in characters: the rest can
// only make it stronger, and the work grows faster than the length.
const mostJudged = 64

// favourites are words that people of our languages build passwords of. The
// library's lists (English, and the ten thousand most common passwords of
// breaches) lack them.
var favourites = strings.Fields(`
	passwort kennwort geheim hallo willkommen schatz liebe sommer winter frühling herbst fussball fußball ficken arbeit urlaub
	qwertz qwertzuiop asdfghjkl yxcvbnm muster mustermann deutschland berlin hamburg münchen bayern dortmund schalke schalke04 borussia
	пароль привет любовь солнце весна лето осень зима наташа марина сергей андрей александр россия москва работа
	йцукен йцукенг йцукенгшщзхъ йцукенгшщз фывапролджэ фывапролдж фывапр ячсмитьбю ячсмить qwerty123 1q2w3e4r 1qaz2wsx zaq12wsx`)

// strength is from 0 (guessed at once) to 4. own are words that somebody who
// knows the person would try first.
func strength(password string, own []string) int {
	if r := []rune(password); len(r) > mostJudged {
		password = string(r[:mostJudged])
	}
	words := make([]string, 0, 16+len(favourites))
	for _, o := range own {
		o = strings.ToLower(norm.NFC.String(o))
		words = append(words, o, squeeze(o))
		words = append(words, strings.FieldsFunc(o, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	words = append(words, favourites...)
	for i, w := range words {
		words[i] = asTyped(w)
	}
	return zxcvbn.PasswordStrength(asTyped(strings.ToLower(norm.NFC.String(password))), words).Score
}

// keys are the Russian letters and, in the same places, the Latin ones of their
// keys: a row of keys is one in either alphabet.
var keys = strings.NewReplacer(pairs("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")...)

func pairs(from, to string) []string {
	var all []string
	latin := []rune(to)
	for i, r := range []rune(from) {
		all = append(all, string(r), string(latin[i]))
	}
	return all
}

// asTyped writes a text in ASCII, a character for each: the library counts
// bytes where it means characters. What has no key becomes some letter.
func asTyped(s string) string {
	s = norm.NFC.String(keys.Replace(s))
	var b strings.Builder
	for _, r := range s {
		if r > unicode.MaxASCII {
			base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r))) // é: e
			if r = base; r > unicode.MaxASCII {
				r = 'a' + r%26
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// JudgePassword says how good a password would be for a person, and keeps
// nothing.
func (s *Store) JudgePassword(ctx context.Context, self invite.Self, password string) (access.Strength, error) {
	who, org, err := s.ownWords(ctx, self)
	if err != nil {
		return access.Strength{}, err
	}
	v := access.Strength{Length: utf8.RuneCountInString(norm.NFC.String(password))}
	if v.Length > 0 && v.Length <= MaxPassword {
		local, _, _ := strings.Cut(who.Email, "@")
		v.Score = strength(password, []string{who.Email, local, who.Name, org})
	}
	var invalid access.Invalid
	if errors.As(checkPassword(password, who, org), &invalid) {
		v.Problem = invalid.Problem
	}
	return v, nil
}
