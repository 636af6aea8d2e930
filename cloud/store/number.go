package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strconv"

	"muster/attendance"
)

// The lengths of Muster IDs that are made here, in digits.
const (
	shortNumber = 6
	longNumber  = 12
)

// freeNumber makes a Muster ID that nobody in the organisation has: drawn at
// random, so that one says nothing about the next, and ending in a check digit,
// so that one wrong digit or two swapped ones never give a colleague's number. It
// doesn't begin with 0, which spreadsheets drop. Numbers grow when short ones
// become rare.
func (t *tx) freeNumber(ctx context.Context, org attendance.OrgID) (string, error) {
	for digits := shortNumber; digits <= longNumber; digits++ {
		for range 20 {
			n := drawNumber(digits)
			var taken bool
			err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM profiles WHERE org = ? AND lower(number) = ?)`, org, n).Scan(&taken)
			if err != nil {
				return "", fmt.Errorf("make a number: %w", err)
			}
			if !taken {
				return n, nil
			}
		}
	}
	return "", fmt.Errorf("make a number: none was free in %d digits", longNumber)
}

func drawNumber(digits int) string {
	low := int64(1)
	for range digits - 2 {
		low *= 10
	}
	n, err := rand.Int(rand.Reader, big.NewInt(9*low))
	if err != nil {
		panic(err) // the random source never fails since Go 1.24
	}
	s := strconv.FormatInt(low+n.Int64(), 10)
	return s + string(rune('0'+checkDigit(s)))
}

// damm is the quasigroup of order 10 in H. Michael Damm's thesis (2004): its
// check digit finds each single wrong digit and each swap of neighbours.
var damm = [10][10]int{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// checkDigit returns the digit that makes a number check; over a number that
// has its check digit it is 0.
func checkDigit(digits string) int {
	state := 0
	for _, d := range digits {
		state = damm[state][d-'0']
	}
	return state
}
