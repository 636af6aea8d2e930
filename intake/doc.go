// Package intake is how a list of people from a spreadsheet becomes profiles: what
// a row says, whom it means, what it would change, and why it is refused. Email
// and external ID make a person the same one again, so that a list may be taken in
// as often as one likes.
//
// It is pure: no I/O, no clock.
package intake
