// Package doctor looks for what keeps a tablet from working: a kernel module that
// holds the card reader, missing permissions, a port in use, no display, a clock
// that is not set, a disk that is full or can't be trusted, a cloud out of reach.
// For each it says what is wrong and how to mend it, to a technician at a shell.
//
// It changes nothing on the machine but for a file of its own in the data folder,
// which it removes again.
package doctor
