// Package ingest takes what tablets send and answers it: journal rows are
// committed and then acknowledged, the site's feed is paged out and pushed,
// presence and health are kept.
//
// An acknowledgement is sent only after the store has committed. Nothing that
// can be confirmed is ever turned away, because a row that isn't confirmed stays
// in the tablet for ever: what can't be understood is kept in quarantine.
package ingest
