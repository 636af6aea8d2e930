// Package access says who may do what: roles, permissions and the actor on
// whose behalf something is asked. The stores enforce it, so that a forgotten
// check in a handler can't show one organisation's people to another.
//
// It is pure: no I/O, no clock.
package access
