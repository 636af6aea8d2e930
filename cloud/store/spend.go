package store

import (
	"errors"
	"math"
)

// How many rows one transaction looks at to tell when others happened: of one delivery,
// and of all that go with it. That takes some tenths of a second. What is more is told by
// Redate, who holds nobody up. A boot of as many rows as have a say (electorate) is within.
const (
	spendEach = 40_000
	spendAll  = 80_000
	spendTurn = 200 // what rows cost that lie far from the others, in rows
	spendRow  = 3   // what a row costs of which all is looked at, and what is told of it
)

// errTooMuch: more rows would have to be looked at than there is time for.
var errTooMuch = errors.New("too many rows to look at")

// thrift is how many rows may still be looked at in a transaction.
type thrift struct{ each, all int }

// spend notes that so many rows were looked at. Who has to get through to the end, as Redate has, has no bounds.
// A delivery that was told that it is too much looks at nothing more, however much it asks for: others of the
// transaction have what is left.
func (c *courier) spend(rows int) error {
	if c.thrifty && c.spent > c.thrift.each {
		return errTooMuch
	}
	c.spent += rows
	c.tx.spent += rows
	if c.thrifty && (c.spent > c.thrift.each || c.tx.spent > c.thrift.all) {
		return errTooMuch
	}
	return nil
}

// affords returns how many rows may be looked at whole, and one more, by which it shows that it is
// too much.
func (c *courier) affords() int {
	if !c.thrifty {
		return math.MaxInt32
	}
	return max(0, min(c.thrift.each-c.spent, c.thrift.all-c.tx.spent))/spendRow + 1
}

// looked notes between which rows of the journal something was looked for.
func (c *courier) looked(from, to uint64) {
	if c.lookedTo == 0 {
		c.lookedFrom = from
	}
	c.lookedFrom, c.lookedTo = min(c.lookedFrom, from), max(c.lookedTo, to)
}
