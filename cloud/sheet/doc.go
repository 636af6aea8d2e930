// Package sheet reads and writes the tables that offices keep people in: xlsx,
// and csv in whatever encoding and separator their program chose. Reading is a
// stream with bounds on everything a file may claim, because the file comes from
// outside. Writing makes sure that no cell is a formula to whoever opens it, and
// what is written here is read back the same.
package sheet
