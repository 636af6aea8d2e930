// Package nfc is the vocabulary of contactless cards: what a reader saw
// (Target), what kind of card that seems to be, whether the numbers make sense,
// and how a stream of sightings becomes taps (Debouncer).
//
// It is pure. The machinery that talks to a reader lives in nfc/reader, a reader
// to test against in nfc/pn532sim.
package nfc
