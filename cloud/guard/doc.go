// Package guard is what stands around handlers: how long a request's body may take to
// come, a net for those that panic, and headers that every answer to a program has.
package guard
