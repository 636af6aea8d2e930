package scim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/cloud/guard"
	"muster/cloud/ratelimit"
	"muster/invite"
)

// Store is what the protocol needs of the cloud's database.
type Store interface {
	Accounts
	People
	Groups
}

// Accounts finds who acts by a token, and what the organisation decided.
type Accounts interface {
	ByAPIToken(ctx context.Context, secret string) (access.User, error)
	Policy(ctx context.Context, actor access.Actor) (invite.Policy, error)
}

// People keeps the people of whom a directory tells.
type People interface {
	DirectoryPeople(ctx context.Context, actor access.Actor, query invite.DirectoryQuery) ([]invite.DirectoryPerson, int, error)
	DirectoryPerson(ctx context.Context, actor access.Actor, id attendance.ProfileID) (invite.DirectoryPerson, error)
	AddDirectoryPerson(ctx context.Context, actor access.Actor, p invite.DirectoryPerson) (invite.DirectoryPerson, error)
	EditDirectoryPerson(ctx context.Context, actor access.Actor, id attendance.ProfileID, edit func(*invite.DirectoryPerson) error) (invite.DirectoryPerson, error)
	RemoveProfile(ctx context.Context, actor access.Actor, id attendance.ProfileID) error
}

// Groups keeps its groups.
type Groups interface {
	DirectoryGroups(ctx context.Context, actor access.Actor, query invite.DirectoryQuery) ([]invite.DirectoryGroup, int, error)
	DirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID, members bool) (invite.DirectoryGroup, error)
	AddDirectoryGroup(ctx context.Context, actor access.Actor, g invite.DirectoryGroup) (invite.DirectoryGroup, error)
	ChangeDirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID, c invite.DirectoryChange) error
	RemoveDirectoryGroup(ctx context.Context, actor access.Actor, id invite.GroupID) error
}

// Contacts says whether what somebody gave can be an address or a number, and brings
// it into the form it is kept in. Empty stays empty.
type Contacts interface {
	Email(given string) (string, *invite.Refusal)
	Phone(given, region string) (string, *invite.Refusal)
}

// Config is what the protocol needs.
type Config struct {
	Store     Store
	Contacts  Contacts
	PublicURL string             // of the cloud, without a path
	Pace      *ratelimit.Limiter // by a token's id: how often programs may ask, wherever they do; nil: ratelimit.PerSecond(Now, 0)
	Now       func() time.Time
	Logger    *slog.Logger
}

// Base is the path that everything is below.
const Base = "/scim/v2"

// server is what handlers share.
type server struct{ Config }

// New returns a handler for everything below Base.
func New(cfg Config) (http.Handler, error) {
	if cfg.Store == nil || cfg.Contacts == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("scim: Store, Contacts, Now and Logger must be given")
	}
	cfg.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	if cfg.Pace == nil {
		cfg.Pace = ratelimit.PerSecond(cfg.Now, 0)
	}
	s := &server{cfg}
	mux := http.NewServeMux()
	if err := s.discovery(mux); err != nil {
		return nil, err
	}
	s.users(mux)
	s.groups(mux)
	mux.HandleFunc("/", s.unknown)
	return s.guard(http.StripPrefix(Base, mux)), nil
}

// act is one request of a program that is signed in.
type act struct {
	*server
	w     http.ResponseWriter
	r     *http.Request
	actor access.Actor
}

// handle adds a handler that needs a token; what it returns is the answer.
func (s *server) handle(mux *http.ServeMux, pattern string, f func(*act) error) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		actor, err := s.signIn(w, r)
		if err == nil {
			err = f(&act{server: s, w: w, r: r, actor: actor})
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
}

// signIn finds out whose token a request carries, and whether it is for this.
func (s *server) signIn(w http.ResponseWriter, r *http.Request) (access.Actor, error) {
	u, err := access.User{}, access.ErrForbidden
	if secret, ok := guard.Bearer(r.Header.Get("Authorization")); ok {
		u, err = s.Store.ByAPIToken(r.Context(), secret)
	}
	if guard.Unknown(err) {
		w.Header().Set("WWW-Authenticate", guard.Challenge)
		return access.Actor{}, refusal(http.StatusUnauthorized, "", "This needs a bearer token that is in force.")
	}
	if err != nil {
		return access.Actor{}, err
	}
	if wait := s.Pace.Wait(u.Token.ID); wait > 0 {
		e := refusal(http.StatusTooManyRequests, "", "Asked too often; wait before you go on.")
		e.again = wait
		return access.Actor{}, e
	}
	actor := u.Actor()
	if !actor.HasScope(access.ScopeAccountsManage) {
		return access.Actor{}, refusal(http.StatusForbidden, "", "The token is not for this: it needs the scope "+string(access.ScopeAccountsManage)+".")
	}
	if !actor.Everywhere() {
		return access.Actor{}, refusal(http.StatusForbidden, "", "A directory is the whole organisation's: the token must be an organisation administrator's.")
	}
	actor.Origin = access.Origin{Via: access.ViaAPI, Address: access.HostOf(r.RemoteAddr), Token: u.Token.Name}
	return actor, nil
}

// unknown answers for what is not here.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/Me" || strings.HasPrefix(path, "/Me/") || path == "/Bulk" || strings.HasSuffix(path, "/.search"):
		s.refuse(w, r, refusal(http.StatusNotImplemented, "", "This part of SCIM isn't here; /ServiceProviderConfig says what is."))
	case path == "/Users" || path == "/Groups":
		w.Header().Set("Allow", "GET, POST")
		s.refuse(w, r, refusal(http.StatusMethodNotAllowed, "", "People and groups can be listed (GET) and added (POST)."))
	case strings.HasPrefix(path, "/Users/") || strings.HasPrefix(path, "/Groups/"):
		w.Header().Set("Allow", "GET, PUT, PATCH, DELETE")
		s.refuse(w, r, refusal(http.StatusMethodNotAllowed, "", "One person or group has GET, PUT, PATCH and DELETE."))
	default:
		s.refuse(w, r, refusal(http.StatusNotFound, "", "There is no such path."))
	}
}

// guard is around everything.
func (s *server) guard(h http.Handler) http.Handler {
	return guard.Program(guard.Body(h, personTime), s.Logger, func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, refusal(http.StatusInternalServerError, "", "It is not your fault. The log says more."))
	})
}
