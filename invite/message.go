package invite

import (
	"time"

	"muster/attendance"
)

// Channel is the way a message takes. Names are stored and sent: never rename one.
type Channel string

const (
	// Email goes to the profile's address.
	Email Channel = "email"
	// SMS goes to the profile's phone.
	SMS Channel = "sms"
	// Handout is given by hand: shown, printed or told. No message goes out.
	Handout Channel = "handout"
)

// Message is one message on its way to one person.
type Message struct {
	ID      MessageID
	Org     attendance.OrgID // whose word it is
	Channel Channel          // Email or SMS
	To      string           // an email address, or a number in E.164
	Name    string           // of the person; empty: nobody knows
	Sender  string           // the name it comes from: the organisation's
	ReplyTo string           // an email address; empty: none
	// Language is BCP 47; the text is in it.
	Language string
	Subject  string // of an email
	Text     string // plain text
	HTML     string // of an email; empty: only Text
}

// MessageID names one message for ever: a provider that is given the same one
// twice can tell. It is a UUID in text.
type MessageID string

// Kept is a message that was not sent, because there is no provider: it is kept for
// somebody to read.
type Kept struct {
	Message Message
	At      time.Time
}

// Receipt is a provider's word that it has taken a message.
type Receipt struct {
	Provider  string // which of the configured ones
	Reference string // what the provider calls the message; empty: it gave it no name
}

// Report is what became known of a message later: by a bounce mail, or by a
// provider that calls back.
type Report struct {
	Message   MessageID // empty: only Reference is known
	Provider  string
	Reference string
	Event     Event  // Deliver, Bounce, or Fail
	Reason    Reason // of a bounce or a failure
	Detail    string // the provider's own words, for the admin; at most 500 bytes
	At        time.Time
}

// Reason says why a message did not arrive, or why none was sent. Names are
// stored, sent, and keys of sentences in three languages: never rename one.
type Reason string

const (
	// NoContact: neither an email address nor a phone.
	NoContact Reason = "no-contact"
	// BadAddress: not an email address.
	BadAddress Reason = "bad-address"
	// BadNumber: not a phone number.
	BadNumber Reason = "bad-number"
	// NoCountryCode: a phone number that doesn't say its country.
	NoCountryCode Reason = "no-country-code"
	// EmailOnly: the organisation confirms by email only, and there is no address.
	EmailOnly Reason = "email-only"
	// UnknownMailbox: the receiving server says nobody has this address.
	UnknownMailbox Reason = "unknown-mailbox"
	// UnknownDomain: no server takes mail for the domain.
	UnknownDomain Reason = "unknown-domain"
	// MailboxFull: the person's mailbox takes nothing more for now.
	MailboxFull Reason = "mailbox-full"
	// UnknownNumber: the provider says nobody has this number, or it takes no SMS.
	UnknownNumber Reason = "unknown-number"
	// Spam: the receiver took the message for spam, or lists the sender.
	Spam Reason = "spam"
	// TooLarge: the message was too large.
	TooLarge Reason = "too-large"
	// Refused: the receiver refused, for a reason of its own.
	Refused Reason = "refused"
	// Complained: the person marked an earlier message as spam.
	Complained Reason = "complained"
	// ProviderDown: the provider was away for as long as was tried.
	ProviderDown Reason = "provider-down"
	// ProviderRefused: the provider refused the account, such as a wrong password or
	// no credit.
	ProviderRefused Reason = "provider-refused"
	// NotConfigured: there is no provider for this channel.
	NotConfigured Reason = "not-configured"
	// PerhapsSent: the connection broke after the text and before the provider's word.
	// It counts as sent: nothing is sent twice by itself.
	PerhapsSent Reason = "perhaps-sent"
	// AddressBlocked: an earlier failure blocks the address until an admin lifts it.
	AddressBlocked Reason = "address-blocked"
)

// Reasons lists all of them.
var Reasons = []Reason{
	NoContact, BadAddress, BadNumber, NoCountryCode, EmailOnly, UnknownMailbox, UnknownDomain, MailboxFull, UnknownNumber,
	Spam, TooLarge, Refused, Complained, ProviderDown, ProviderRefused, NotConfigured, PerhapsSent, AddressBlocked,
}

// Blocks tells whether an address is left alone after such a failure, until an
// admin says otherwise: sending again would only harm the sender's name.
func (r Reason) Blocks() bool {
	switch r {
	case UnknownMailbox, UnknownDomain, UnknownNumber, Complained, Spam:
		return true
	default:
		return false
	}
}
