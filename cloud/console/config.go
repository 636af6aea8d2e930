package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/invite"
)

// Config is what the console needs from the rest of the cloud.
type Config struct {
	People    People
	Fleet     Fleet
	Imports   Imports
	News      News
	Sessions  scs.CtxStore     // keeps what the session library gives it; tokens arrive hashed
	PublicURL *url.URL         // as browsers reach the console; https makes cookies secure and sets HSTS
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: slog.Default
	// Contacts reads email addresses and phone numbers that somebody typed.
	Contacts Contacts
	// Mail writes messages and tells how they leave; nil: there are no pages about
	// them.
	Mail Mailroom
	// Sheets prints what is handed out; nil: nothing can be printed.
	Sheets Sheets
	// Lists writes lists for spreadsheet programs; nil: none can be downloaded.
	Lists Lists
	// Tables writes lists as files; nil: none can be taken away.
	Tables Tables
	// Still runs f with people as they are at one moment, whatever changes meanwhile;
	// nil: they are read as they change.
	Still func(ctx context.Context, f func(People) error) error
	// QR draws a text as a square of dark (true) and light modules, row by row;
	// nil: no square is shown.
	QR func(text string) ([][]bool, error)
	// Resolver looks up DNS records of domains; nil: net.DefaultResolver.
	Resolver Resolver
	// Simulator is the address of a simulated tablet, to try things on; empty: there
	// is none.
	Simulator string
	// Outages tells which providers take no messages now; nil: nobody knows.
	Outages func() []invite.Outage
	// Operators run the cloud; nil: there are no pages for them.
	Operators Operators
	// Feedback is where people say what they think of the product: a mailto: or an
	// https: address. Empty: the help.
	Feedback string
	// Start is the address at which people enter a code that was handed out;
	// empty: the public URL with /my/login.
	Start string
	// Address tells which address a request comes from, for the limit on
	// sign-in attempts; nil takes the peer's own, which is wrong behind a proxy.
	Address func(*http.Request) string
}

// Imports takes in files that a tablet's journal was exported to.
type Imports interface {
	Import(ctx context.Context, actor access.Actor, dev attendance.DeviceID, file []byte, take bool) (device.Import, error)
}

// People is everything the console asks of the store of people.
type People interface {
	founder
	passwords
	accounts
	ownAccount
	apiTokens
	places
	roster
	rosterChanges
	cards
	faceIDs
	punchLog
	quarantine
	invitations
	orders
	invitationSteps
	blocks
	wordings
	rules
	keptMail
	intakes
	audit
	licensing
	memberships
}

// Contacts says whether what somebody typed can be an address or a number, and
// brings it into the form it is kept in. Empty stays empty.
type Contacts interface {
	Email(given string) (string, *invite.Refusal)
	Phone(given, region string) (string, *invite.Refusal)
}

// Sheets prints codes that were handed out as one PDF file.
type Sheets interface {
	Print(w io.Writer, p Printout) error
}

// Printout is what a file of sheets shows.
type Printout struct {
	Slips        bool // eight on a page, to cut; otherwise a letter each
	Organisation string
	Start        string // where people enter their code
	Codes        []HandedOut
}

// HandedOut is a person's code, with what a sheet says beside it.
type HandedOut struct {
	invite.AccessCode
	Language string // the person's, else that of the site
	Site     string // its name
	Zone     *time.Location
}

type founder interface {
	FirstStart(ctx context.Context) (bool, error)
	SetUp(ctx context.Context, secret string, s access.SetUp) (access.User, error)
	Organisation(ctx context.Context, actor access.Actor) (attendance.Organisation, error)
}

type passwords interface {
	Authenticate(ctx context.Context, email, password string) (access.User, error)
	PasswordLink(ctx context.Context, secret string) (access.User, error)
	ChoosePassword(ctx context.Context, secret, password string) (access.User, error)
}

type accounts interface {
	User(ctx context.Context, id access.UserID) (access.User, error)
	Users(ctx context.Context, actor access.Actor) ([]access.User, error)
	AddUser(ctx context.Context, actor access.Actor, u access.User) (access.User, string, error)
	ChangeUser(ctx context.Context, actor access.Actor, u access.User) error
	IssuePasswordLink(ctx context.Context, actor access.Actor, id access.UserID) (string, error)
}

// ownAccount is what everybody may do with the account they are signed in to.
type ownAccount interface {
	ChangeOwnAccount(ctx context.Context, actor access.Actor, name, language string) error
	ChangeOwnPassword(ctx context.Context, actor access.Actor, current, password string) (access.User, error)
}

type apiTokens interface {
	IssueToken(ctx context.Context, actor access.Actor, terms access.TokenTerms) (string, error)
	SetTokenInvites(ctx context.Context, actor access.Actor, id string, invites bool) error
	APITokens(ctx context.Context, actor access.Actor) ([]access.APIToken, error)
	RevokeAPIToken(ctx context.Context, actor access.Actor, id string) error
}

type places interface {
	Site(ctx context.Context, actor access.Actor, id attendance.SiteID) (attendance.Site, error)
	Sites(ctx context.Context, actor access.Actor) ([]attendance.Site, error)
	AddSite(ctx context.Context, actor access.Actor, s attendance.Site) (attendance.Site, error)
	ChangeSite(ctx context.Context, actor access.Actor, s attendance.Site) error
}

type roster interface {
	Members(ctx context.Context, actor access.Actor, q attendance.MemberQuery) (attendance.MemberPage, error)
	Member(ctx context.Context, actor access.Actor, id attendance.ProfileID) (attendance.Member, error)
	Photo(ctx context.Context, actor access.Actor, photo string) ([]byte, error)
}

type rosterChanges interface {
	ChangeProfile(ctx context.Context, actor access.Actor, p attendance.Profile, sites []attendance.SiteID) error
	RemoveProfile(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	SetPhoto(ctx context.Context, actor access.Actor, id attendance.ProfileID, image []byte) error
}

type cards interface {
	LendUID(ctx context.Context, actor access.Actor, profile attendance.ProfileID, uid []byte, technology string, from, to time.Time) error
	BlockCard(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, blocked bool) error
	EndCardAt(ctx context.Context, actor access.Actor, profile attendance.ProfileID, card attendance.CardID, at time.Time) error
}

type punchLog interface {
	Punches(ctx context.Context, actor access.Actor, q attendance.LogQuery) ([]attendance.Entry, string, error)
	Punch(ctx context.Context, actor access.Actor, id attendance.PunchID) (attendance.Entry, error)
	CountPunches(ctx context.Context, actor access.Actor, q attendance.LogQuery) (int, error)
	LatestPunch(ctx context.Context, actor access.Actor, q attendance.LogQuery) (attendance.PunchID, error)
	DecidePunches(ctx context.Context, actor access.Actor, d attendance.Decision) (attendance.Decided, error)
	Refusals(ctx context.Context, actor access.Actor, q attendance.LogQuery) ([]attendance.Refusal, string, error)
	Refusal(ctx context.Context, actor access.Actor, id string) (attendance.Refusal, error)
}

type quarantine interface {
	Quarantined(ctx context.Context, actor access.Actor) ([]attendance.Quarantined, error)
	QuarantinedRow(ctx context.Context, actor access.Actor, id int64) (attendance.Quarantined, error)
	QuarantinePage(ctx context.Context, actor access.Actor, before string, limit int) ([]attendance.Quarantined, string, error)
	AssignQuarantined(ctx context.Context, actor access.Actor, id int64, profile attendance.ProfileID) error
	DismissQuarantined(ctx context.Context, actor access.Actor, id int64, reason string) error
	TryReprocess(ctx context.Context, actor access.Actor) (attendance.ReprocessReport, error)
	Reprocess(ctx context.Context, actor access.Actor) (attendance.ReprocessReport, error)
}

type invitations interface {
	Invitations(ctx context.Context, actor access.Actor, q invite.Query) (invite.Page, error)
	Invitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.Person, error)
	Tally(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Tally, error)
	CountInvitations(ctx context.Context, actor access.Actor, f invite.Filter) (invite.Counts, error)
	AnyPending(ctx context.Context, actor access.Actor) (bool, error)
	AnySilent(ctx context.Context, actor access.Actor) (bool, error)
	Policy(ctx context.Context, actor access.Actor) (invite.Policy, error)
}

// orders are the sending of messages to many.
type orders interface {
	PlanOrder(ctx context.Context, actor access.Actor, o invite.Order) (invite.Plan, error)
	Ask(ctx context.Context, actor access.Actor, o invite.Order) (invite.Batch, error)
	Batch(ctx context.Context, actor access.Actor, id invite.BatchID) (invite.Batch, error)
	Batches(ctx context.Context, actor access.Actor, limit int) ([]invite.Batch, error)
	BatchResults(ctx context.Context, actor access.Actor, id invite.BatchID, after attendance.ProfileID, limit int) ([]invite.Result, error)
	UndoBatch(ctx context.Context, actor access.Actor, id invite.BatchID) (int, error)
}

// invitationSteps are what is decided about one person's account.
type invitationSteps interface {
	HandOut(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error)
	ResetAccess(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.AccessCode, error)
	Messages(ctx context.Context, actor access.Actor, id attendance.ProfileID, limit int) ([]invite.Record, error)
	RevokeInvitation(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	DeactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	ReactivateAccount(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
	SetContact(ctx context.Context, actor access.Actor, id attendance.ProfileID, c invite.Contact) error
}

type blocks interface {
	Blocks(ctx context.Context, actor access.Actor, limit int) ([]invite.Blockage, error)
	BlockPage(ctx context.Context, actor access.Actor, after string, limit int) ([]invite.Blockage, string, error)
	LiftBlock(ctx context.Context, actor access.Actor, address string) error
}

// wordings are what messages say and look like.
type wordings interface {
	Templates(ctx context.Context, actor access.Actor) (map[invite.TemplateKey]invite.Template, error)
	SetTemplate(ctx context.Context, actor access.Actor, k invite.TemplateKey, text *invite.Template) error
	Style(ctx context.Context, actor access.Actor) (invite.Style, error)
	SetStyle(ctx context.Context, actor access.Actor, s invite.Style) error
	SetLogo(ctx context.Context, actor access.Actor, image []byte) error
	Logo(ctx context.Context, id string) ([]byte, error)
}

// rules are what an organisation decides about inviting, and when it begins.
type rules interface {
	SetPolicy(ctx context.Context, actor access.Actor, p invite.Policy) error
	Launch(ctx context.Context, actor access.Actor) (invite.Launch, error)
}

// keptMail is what was not sent because nothing leaves this machine.
type keptMail interface {
	Mailbox(ctx context.Context, actor access.Actor, after invite.MessageID, limit int) ([]invite.Kept, error)
	Kept(ctx context.Context, actor access.Actor, id invite.MessageID) (invite.Kept, error)
}

// Fleet is everything the console asks of the tablets' side of the cloud.
type Fleet interface {
	activation
	tablets
	captures
}

type activation interface {
	Claim(ctx context.Context, actor access.Actor, userCode string) (device.Claim, error)
	Approve(ctx context.Context, actor access.Actor, userCode string, site attendance.SiteID, name string) (attendance.DeviceID, error)
	Deny(ctx context.Context, actor access.Actor, userCode string) error
	ActivationCode(ctx context.Context, actor access.Actor, site attendance.SiteID, name string) (string, time.Time, error)
}

type tablets interface {
	Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error)
	Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error)
	Rename(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error
	Revoke(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
	Lock(ctx context.Context, actor access.Actor, id attendance.DeviceID, message string) error
	Unlock(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
}

type captures interface {
	StartCapture(ctx context.Context, actor access.Actor, tablet attendance.DeviceID, profile attendance.ProfileID) (device.CardCapture, error)
	CardCapture(ctx context.Context, actor access.Actor, id string) (device.CardCapture, error)
	CancelCapture(ctx context.Context, actor access.Actor, id string) error
}

// News tells what has been committed, by whichever replica of the cloud.
type News interface {
	// Listen calls f for each piece of news of an organisation until stop is
	// called. f must not block. An empty topic says that some news may have been
	// missed.
	Listen(org attendance.OrgID, f func(topic, id string)) (stop func(), err error)
}
