package console

import (
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"muster/attendance"
)

// person is a face and a name in a list: the photo, or initials on one of
// eight colours that always falls the same for the same person.
type person struct {
	ID       string
	Name     string
	Number   string
	Photo    string
	Initials string
	Colour   int
}

func colourOf(id string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return int(h.Sum32() % 8)
}

func personOf(p attendance.Profile) *person {
	return named(string(p.ID), p.Name(), p.Number, p.Photo)
}

// named makes a person of what a list of punches knows: the name as one.
func named(id, name, number, photo string) *person {
	return &person{ID: id, Name: name, Number: number, Photo: photo, Initials: initials(name), Colour: colourOf(id)}
}

func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, last := words[0], words[len(words)-1]
	a, _ := utf8.DecodeRuneInString(first)
	s := string(a)
	if len(words) > 1 {
		b, _ := utf8.DecodeRuneInString(last)
		s += string(b)
	}
	return strings.ToUpper(s)
}

func (v *visit) userFace() *person {
	name := v.user.Name
	if name == "" {
		name = v.user.Email
	}
	return named(string(v.user.ID), name, "", "")
}

// Face is the person alone, for a template that has it inside something else.
func (p *person) Face() *person { return p }
