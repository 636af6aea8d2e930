// Package attendance holds the nouns of the product (people, cards, sites,
// taps, punches, receipts) and the pure rules over them: which way a punch
// goes, how long somebody has worked, which cards can be trusted.
//
// It does no I/O, starts no goroutine and reads no clock: every function is
// given the time it should use.
package attendance
