package console

import (
	"context"

	"muster/attendance"
	"muster/invite"
)

// Mailroom writes and sends the messages that invite people. The console shows
// what it writes before anything leaves.
type Mailroom interface {
	// Standard is the text that goes out where an admin has written none.
	Standard(k invite.TemplateKey) invite.Template
	// Letter writes a message with a text to somebody made up. The text may be one
	// that can't be sent.
	Letter(ctx context.Context, org attendance.OrgID, k invite.TemplateKey, text invite.Template) (Letter, error)
	// Test sends a Letter to one address or number. That it can't be delivered is
	// *invite.Undeliverable.
	Test(ctx context.Context, org attendance.OrgID, to string, k invite.TemplateKey, text invite.Template) error
	// Ways tells what leaves this machine.
	Ways() Ways
	// Checks looks at everything that should be there before people are invited.
	// The verdict on the mail server may be a minute old, unless afresh is set.
	Checks(ctx context.Context, l invite.Launch, afresh bool) ([]Check, error)
	// ProvesDomains tells whether a code that is mailed to a domain proves anything.
	ProvesDomains(ctx context.Context) (bool, error)
	// SendDomainCode mails the code that draw draws; see invite.Postmasters. That it
	// can't be delivered is *invite.Undeliverable.
	SendDomainCode(ctx context.Context, org attendance.OrgID, language, domain, to string, draw func() (string, error)) error
}

// Ways tells which messages leave this machine. Those of a channel that is Kept
// are in the mailbox, and go to nobody.
type Ways struct{ Email, SMS Way }

// Way is how messages of a channel leave.
type Way int

const (
	// Closed: there are no messages of this channel.
	Closed Way = iota
	// Kept: they stay in the mailbox.
	Kept
	// Open: they are sent.
	Open
)

// Letter is a message as somebody receives it.
type Letter struct {
	From    string // a name
	ReplyTo string // empty: as the cloud is set up
	Subject string
	Text    string
	HTML    string // empty: there is only Text
	// Parts is how many SMS the text takes, Units how many characters it has and Left
	// how many more fit into the last part; zero for an email.
	Parts, Units, Left int
	// Why is the character that makes an SMS take the alphabet in which half as
	// much fits; empty: none does.
	Why string
}

// Check is one line of the launch checklist; see onboarding.Check.
type Check struct {
	Subject  string // "people", "mail", "sms", "templates", "contacts", "blocked", "cards", "tablets"
	Verdict  string // "done", "warn" or "fail"
	Count    int
	Site     attendance.SiteID
	SiteName string
	Reason   invite.Reason
	Detail   string
}
