// Package letter prints what is handed to people who have no mailbox: a letter
// for a window envelope, or slips to cut, each with a code, a link and how to use
// them, in the person's language. The fonts are inside the program. Nothing of
// what is printed is kept anywhere.
package letter
