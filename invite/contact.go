package invite

// Contact is how a person can be reached. It stays in the cloud: tablets need
// none of it.
type Contact struct {
	Email      string // normalised: no spaces, domain in lower case and ASCII; empty: none
	Phone      string // E.164 with the plus; empty: none
	ExternalID string // what another system calls the person; unique in the organisation; empty: none
}

// Refusal says what is wrong with something that somebody gave as a contact.
type Refusal struct {
	Reason Reason
	Given  string // as given
	// Suggestion is what was probably meant, such as a number with its country
	// code; empty: nobody knows.
	Suggestion string
}

// Error is for logs and peers; a screen has a sentence for each reason.
func (r *Refusal) Error() string {
	if r.Suggestion != "" {
		return string(r.Reason) + ": perhaps " + r.Suggestion
	}
	return string(r.Reason)
}
