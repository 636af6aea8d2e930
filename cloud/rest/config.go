package rest

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"muster/attendance"
	"muster/cloud/ratelimit"
)

// Store is what the API needs of the cloud's database.
type Store interface {
	Founding
	Accounts
	Tokens
	Users
	Sites
	Roster
	Profiles
	Photos
	Cards
	FaceIDs
	Log
	Approvals
	Quarantine
	Invitations
	Orders
	AccountSteps
	Settings
	Audit
	Repeats
	Intakes
	RosterSync
	Licensing
}

// Fleet is what the API needs of the service that runs the tablets.
type Fleet interface {
	Claims
	Tablets
	TabletCommands
	Captures
}

// News tells what has just been committed, anywhere in the cloud.
type News interface {
	// Listen has f called with a topic and the id of what has changed, until stop
	// is called. f must not block. An empty topic says that some may have been
	// missed.
	Listen(org attendance.OrgID, f func(topic, id string)) (stop func(), err error)
}

// Config is what an API needs.
type Config struct {
	Store     Store
	Fleet     Fleet
	Imports   Imports
	News      News
	Contacts  Contacts
	Letters   Letters            // nil: texts can't be previewed or tried
	Exports   Exports            // nil: lists can't be taken away as files
	PublicURL string             // of the console, for the links that are handed out
	Pace      *ratelimit.Limiter // by a token's id: how often programs may ask, wherever they do; nil: ratelimit.PerSecond(Now, 0)
	Now       func() time.Time
	Logger    *slog.Logger
}

// api is the API while it is being built, and what its handlers share.
type api struct {
	Config
	huma    huma.API
	guests  *ratelimit.Limiter // by address: requests of somebody not signed in yet
	streams chan struct{}
}

// maxStreams is how many programs may listen to live news at the same time.
const maxStreams = 1000

// New returns a handler for everything below /api/.
func New(cfg Config) (http.Handler, error) {
	if cfg.Store == nil || cfg.Fleet == nil || cfg.News == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("rest: Store, Fleet, News, Now and Logger must be given")
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	mux := http.NewServeMux()
	a := build(cfg, mux)
	description, err := a.description()
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(description) //nolint:errcheck // whoever asked is gone
	})
	mux.Handle("/api/", a.unknown(mux))
	return a.guard(mux), nil
}

// build registers every operation on mux.
func build(cfg Config, mux *http.ServeMux) *api {
	a := &api{
		Config:  cfg,
		guests:  ratelimit.New(cfg.Now, 20, 3*time.Second),
		streams: make(chan struct{}, maxStreams),
	}
	if a.Pace == nil {
		a.Pace = ratelimit.PerSecond(cfg.Now, 0)
	}
	a.huma = humago.New(mux, settings())
	a.huma.UseMiddleware(a.authenticate, a.onceOnly)
	for _, register := range []func(){
		a.founding, a.tokens, a.sites, a.employees, a.roster, a.membership, a.photos, a.imports, a.intakes, a.cards, a.faceIDs, a.captures,
		a.devices, a.claims, a.log, a.approvals, a.quarantine, a.users, a.live,
		a.invitations, a.orders, a.accountSteps, a.contacts, a.blocks, a.policy, a.templates, a.launch, a.auditLog, a.exports,
	} {
		register()
	}
	return a
}

func settings() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Muster",
				Version: "1",
				Description: "People, cards, tablets and punches of an organisation. Sign in with a bearer token, which " +
					"acts as the user who made it: POST /api/v1/tokens with address and password gives one. " +
					"A token may be for some things only: each operation names the scope it takes. " +
					"Every POST with a token takes an Idempotency-Key. Times are RFC 3339 in UTC. " +
					"Refusals are problem documents (RFC 9457) with a stable type and a sentence in the language of Accept-Language.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearer: {Type: "http", Scheme: "bearer", Description: "An API token."},
					basic:  {Type: "http", Scheme: "basic", Description: "A user's address and password."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{translate},
		// A misspelt filter must not give the whole list.
		RejectUnknownQueryParameters: true,
	}
}
