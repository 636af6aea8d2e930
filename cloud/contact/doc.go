// Package contact makes an email address or a phone number out of what people
// type or keep in their spreadsheets: normalised so that the same mailbox is
// always the same text, or refused with the reason and what was probably meant.
package contact
