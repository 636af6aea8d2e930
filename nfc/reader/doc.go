// Package reader turns a card reader into taps.
//
// libnfc 1.8.0 can end its process or hang for ever on bytes that a broken
// reader, cable or card sends, so it runs in a child process: Child is what that
// process does, Reader starts it, listens to it, notices when it crashes or goes
// silent, ends it and starts it again. They speak in lines over the child's
// standard output. The child ends when its standard input closes, so none stays
// behind when the parent dies.
//
// Child needs cgo and libnfc; without cgo it only returns an error. Everything
// else builds without.
package reader
