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
	return zxcvbn.PasswordStrength(strings.ToLower(password), append(words, favourites...)).Score
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
