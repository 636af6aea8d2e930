package access

// Strength is what is to be said of a password while somebody thinks one up.
type Strength struct {
	Length int // in characters
	// Score is from 0 (guessed at once) to 4 (nobody guesses it); below MinScore it is
	// refused.
	Score   int
	Problem string // why it would be refused, as Invalid has it; empty: it is good
}

// MinScore is the least strength of a password that is taken: about 10^8
// guesses, which a lock after five wrong ones and a slow hash turn into years.
const MinScore = 3
