package fleet

import (
	"context"
	"log/slog"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/ratelimit"
	"muster/device"
	"muster/sync/wire"
)

// Claims keeps the activations that tablets ask for.
type Claims interface {
	AddClaim(ctx context.Context, c device.ClaimRecord) error
	RedeemActivation(ctx context.Context, code device.Hash, c device.ClaimRecord) error
	ClaimByDeviceCode(ctx context.Context, code device.Hash) (device.ClaimRecord, error)
}

// Decisions are what managers decide about claims.
type Decisions interface {
	Claim(ctx context.Context, actor access.Actor, userCode string) (device.Claim, error)
	Approve(ctx context.Context, actor access.Actor, userCode string, site attendance.SiteID, name string) (attendance.DeviceID, error)
	Deny(ctx context.Context, actor access.Actor, userCode string) error
	IssueActivation(ctx context.Context, actor access.Actor, code device.Hash, site attendance.SiteID, name string, expires time.Time) error
}

// Certificates keeps what the authority issued, and where tablets belong.
type Certificates interface {
	AddCertificate(ctx context.Context, c device.Certificate) error
	Certificate(ctx context.Context, serial string) (device.Certificate, error)
	// Adopt takes back a certificate of ours that the store forgot when it was restored
	// from a backup; access.ErrNotFound: it did not.
	Adopt(ctx context.Context, c device.Certificate, org attendance.OrgID) error
	Placement(ctx context.Context, dev attendance.DeviceID) (device.Placement, error)
}

// Tablets keeps the activated tablets.
type Tablets interface {
	Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error)
	Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error)
	RenameTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error
	RevokeTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
}

// Commands keeps what tablets are asked to do until they have.
type Commands interface {
	LockTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID, message string) error
	UnlockTablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) error
	StartCapture(ctx context.Context, actor access.Actor, dev attendance.DeviceID, profile attendance.ProfileID) (device.CardCapture, error)
	CardCapture(ctx context.Context, actor access.Actor, id string) (device.CardCapture, error)
	CancelCapture(ctx context.Context, actor access.Actor, id string) (attendance.DeviceID, error)
	OpenCommands(ctx context.Context, id attendance.DeviceID) (wire.Address, []*wire.Command, error)
}

// Store is all of that; the cloud's database is one.
type Store interface {
	Claims
	Decisions
	Certificates
	Tablets
	Commands
}

// Downlink reaches tablets, and whoever watches in the cloud.
type Downlink interface {
	Send(to wire.Address, leaf wire.Leaf, payload []byte) error
	Kick(dev attendance.DeviceID) error
	Announce(org attendance.OrgID, topic, id string)
}

// Config is what a Service needs.
type Config struct {
	Store     Store
	Authority *Authority
	Downlink  Downlink
	PublicURL string   // of the console, without a slash at the end
	MQTT      []string // "host:port" that tablets are told to connect to
	Life      time.Duration
	Now       func() time.Time
	Logger    *slog.Logger
}

// How long codes are good.
const (
	claimLife      = 15 * time.Minute
	activationLife = 24 * time.Hour
	pollInterval   = 2 * time.Second
)

// Service runs the fleet. Make one with New; it is safe for use by many goroutines.
type Service struct {
	Config

	userCodes       guesses            // by actor
	activationCodes guesses            // by address
	redeeming       chan struct{}      // a place for each activation code that is being looked at
	requests        *ratelimit.Limiter // by address: anything at all
	claims          *ratelimit.Limiter // by address: claims, which are kept
	allClaims       *ratelimit.Limiter
	certificates    *ratelimit.Limiter // by tablet
	polls           *ratelimit.Limiter // by claim
}

// redeemAtOnce is below what an address may have wrong at once: codes that are
// right, typed on many tablets in the same moment, must not use up the limit
// before it is known that they are.
const redeemAtOnce = 4

// New returns a Service.
func New(cfg Config) *Service {
	return &Service{
		Config:          cfg,
		redeeming:       make(chan struct{}, redeemAtOnce),
		userCodes:       guesses{ratelimit.New(cfg.Now, 10, 30*time.Second), ratelimit.New(cfg.Now, 100, 200*time.Millisecond)},
		activationCodes: guesses{ratelimit.New(cfg.Now, 5, 30*time.Second), ratelimit.New(cfg.Now, 100, 200*time.Millisecond)},
		requests:        ratelimit.New(cfg.Now, 600, 10*time.Millisecond),
		claims:          ratelimit.New(cfg.Now, 30, 3*time.Second),
		allClaims:       ratelimit.New(cfg.Now, 300, 200*time.Millisecond),
		certificates:    ratelimit.New(cfg.Now, 10, 10*time.Second),
		polls:           ratelimit.New(cfg.Now, 10, pollInterval/2),
	}
}
