// Package swarm runs a fleet of real tablet cores in one process against a
// running cloud, makes trouble for them, and says what became of every tick that
// was shown.
//
// Each core is an internal/tablet with a SQLite store of its own; only the window
// and the card reader are left out. What a core shows as accepted goes into a
// ledger that nobody else writes, and in the end the ledger is held against what
// the cloud's API lists, punch by punch.
package swarm
