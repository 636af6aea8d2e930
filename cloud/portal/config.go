package portal

import (
	"context"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"muster/access"
	"muster/attendance"
	"muster/invite"
)

// Config is what the portal needs from the rest of the cloud.
type Config struct {
	Accounts  Accounts
	Contacts  Contacts
	Kit       Kit
	Sessions  scs.CtxStore // keeps what the session library gives it; tokens arrive hashed
	PublicURL *url.URL     // as browsers reach the portal; https makes cookies secure
	Now       func() time.Time
	Log       *slog.Logger
	// Address tells which address a request comes from, for the limit on attempts;
	// nil takes the peer's own, which is wrong behind a proxy.
	Address func(*http.Request) string
	// BadLink tells whether an error says that a link is good no more.
	BadLink func(error) bool
	// Doorman sends mails to people who come in without an account; nil: nobody does.
	Doorman Doorman
	// Feedback is where people say what they think of the product: a mailto: or an
	// https: address. Empty: the help.
	Feedback string
	// Password is the shortest password that the store takes, in characters.
	Password int
}

// Kit is what pages look like the console with.
type Kit interface {
	Asset(name string) string // path of a file of the console
	Icon(name string) template.HTML
	State(name string) template.HTML
}

// Contacts checks addresses and numbers as people type them. Nothing given is
// nothing refused.
type Contacts interface {
	Email(given string) (string, *invite.Refusal)
	Phone(given, region string) (string, *invite.Refusal)
}

// Accounts is everything the portal asks of the store.
type Accounts interface {
	links
	passwords
	ownData
	ownContact
	ownLog
	ownFace
	memberships
	entries
}

type links interface {
	ReadLink(ctx context.Context, secret string) (invite.Link, error)
	OpenLink(ctx context.Context, secret string) (invite.Link, error)
	ClaimLinkWith(ctx context.Context, secret, password string) (invite.SignedIn, error)
	DeclineLink(ctx context.Context, secret string) error
}

type passwords interface {
	SignInAt(ctx context.Context, at, name, password string) (invite.SignedIn, error)
	OrganisationAt(ctx context.Context, key string) (string, error)
	JudgePassword(ctx context.Context, self invite.Self, password string) (access.Strength, error)
	ChooseOwnPassword(ctx context.Context, self invite.Self, password string) (invite.Steps, error)
	ReplaceOwnPassword(ctx context.Context, self invite.Self, current, password string) error
}

type ownData interface {
	Own(ctx context.Context, self invite.Self) (invite.Own, error)
	ChangeOwnDetails(ctx context.Context, self invite.Self, d invite.Details) (invite.Steps, error)
	SetOwnLanguage(ctx context.Context, self invite.Self, language string) error
	SetOwnPhoto(ctx context.Context, self invite.Self, image []byte) (invite.Steps, error)
	OwnPhoto(ctx context.Context, self invite.Self) ([]byte, error)
}

// ownContact is what becomes of an address or a number that waits for a code.
type ownContact interface {
	ConfirmOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID, code string) error
	ResendOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID) error
	CancelOwnContact(ctx context.Context, self invite.Self, id invite.ContactChangeID) error
}

type memberships interface {
	Standings(ctx context.Context, self invite.Self) ([]invite.Standing, error)
	AnswerMembership(ctx context.Context, self invite.Self, there attendance.ProfileID, yes bool) (invite.Self, error)
	Enter(ctx context.Context, self invite.Self, there attendance.ProfileID) (invite.Self, error)
	JoinByDomain(ctx context.Context, self invite.Self, org attendance.OrgID) (invite.Self, error)
	Entrance(ctx context.Context, self invite.Self, code string) (invite.Entrance, error)
	JoinByCode(ctx context.Context, self invite.Self, code string) (invite.Self, error)
}

// Doorman takes what somebody typed who wants to come in. It answers at once and
// nothing: whoever types an address isn't told whether it is known.
type Doorman interface{ Ask(r invite.EntryRequest) }

type entries interface {
	Entry(ctx context.Context, secret string) (invite.Entry, error)
	TakeEntry(ctx context.Context, secret, firstName, lastName, password string) (invite.SignedIn, error)
}

type ownLog interface {
	OwnPunches(ctx context.Context, self invite.Self, q attendance.LogQuery) ([]attendance.Entry, string, error)
	OwnMessages(ctx context.Context, self invite.Self) ([]invite.Received, error)
}
