// Package portal is what employees see of Muster in a browser: the page that an
// invitation's link opens, signing in, the steps until the account is active, and
// afterwards their own hours, punches, data, photo and cards.
//
// Pages are HTML from templates and work on an old phone and without scripts;
// htmx only adds what is said while a password is typed. What somebody may see is
// for the store to say: each call names the person (invite.Self).
package portal
