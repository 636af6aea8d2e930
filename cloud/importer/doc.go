// Package importer takes lists of people in: it reads the files that somebody
// uploaded, says of each row what it would do, and, once that is confirmed, does
// it. All that it knows is in the store, so that it goes on where it was after a
// restart, and several of them work side by side.
package importer
