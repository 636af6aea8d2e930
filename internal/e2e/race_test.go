//go:build race

package e2e_test

// The programs are built as the tests are: with the race detector.
const race = true
