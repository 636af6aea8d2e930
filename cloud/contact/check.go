package contact

import "muster/invite"

// Policy is what an organisation asks of contacts.
type Policy struct {
	// Region is its country in two letters, for guesses; empty: unknown.
	Region string
	// EmailOnly tells that no SMS is sent, so that a number alone is not enough.
	EmailOnly bool
}

// Concern says why a contact that is taken deserves a second look. Names are
// keys of sentences: never rename one.
type Concern string

const (
	// LikelyTypo: the address is lawful and its domain a well-known slip.
	LikelyTypo Concern = "likely-typo"
	// Landline: the number is one that hardly ever takes an SMS.
	Landline Concern = "landline"
)

// Concerns lists all of them.
var Concerns = []Concern{LikelyTypo, Landline}

// Doubt is one such second look.
type Doubt struct {
	Concern    Concern
	Given      string
	Suggestion string // empty: none
}

// Result is one person's contact, checked.
type Result struct {
	Contact invite.Contact // what is good of it
	// Refusals say what was not; the person is refused when there is one.
	Refusals []*invite.Refusal
	Doubts   []Doubt
}

// Check reads the ways to reach one person, as given.
func Check(email, phone, externalID string, policy Policy) Result {
	var r Result
	take := func(value string, refusal *invite.Refusal) string {
		if refusal != nil {
			r.Refusals = append(r.Refusals, refusal)
		}
		return value
	}
	r.Contact = invite.Contact{
		Email:      take(Email(email)),
		Phone:      take(Phone(phone, policy.Region)),
		ExternalID: clean(externalID),
	}
	if meant := Typo(r.Contact.Email); meant != "" {
		r.Doubts = append(r.Doubts, Doubt{LikelyTypo, email, meant})
	}
	if r.Contact.Phone != "" && r.Contact.Email == "" && !Mobile(r.Contact.Phone) {
		r.Doubts = append(r.Doubts, Doubt{Concern: Landline, Given: phone})
	}
	switch {
	case len(r.Refusals) > 0 || r.Contact.Email != "":
	case r.Contact.Phone == "":
		r.Refusals = append(r.Refusals, &invite.Refusal{Reason: invite.NoContact})
	case policy.EmailOnly:
		r.Refusals = append(r.Refusals, &invite.Refusal{Reason: invite.EmailOnly, Given: phone})
	}
	return r
}
