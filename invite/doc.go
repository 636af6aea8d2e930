// Package invite holds the words and the rules of getting people from a silent
// profile to an active account: the states of an account, of a message and of a
// membership, what may happen to them, and who may be asked again when. Cloud and
// tablet run the same rules from here. It is pure: no I/O, no clock.
package invite
