// Package faceid is the life of a person's face reference: the one picture by which
// a tablet could tell that a card is in the right hands.
//
// Nobody has one unless the organisation allows it, asked for it, and the person
// said yes to a text whose version is kept. It can be taken back at any time, and a
// card always does as well. The moves are one table; cloud and API run it, and
// docs/face-id.md shows it. Pure: no clock, no I/O.
package faceid
