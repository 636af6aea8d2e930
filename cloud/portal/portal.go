package portal

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"muster/access"
	"muster/cloud/pages"
	"muster/cloud/ratelimit"
	"muster/cloud/words"
)

// portal is the handler with everything it was configured with.
type portal struct {
	Config
	sessions *scs.SessionManager
	attempts *ratelimit.Limiter // to claim, to sign in
	checks   *ratelimit.Limiter // of passwords while they are typed
	right    *ratelimit.Limiter // attempts that were right, which are given back
	files    *pages.Files
	texts    *words.Texts
	pages    *pages.Templates
	https    bool
	origin   string // of the public URL, such as https://muster.example
}

// New makes the portal. It serves /join/ and /my; mount it at both.
func New(cfg Config) (http.Handler, error) {
	if cfg.PublicURL == nil || cfg.PublicURL.Host == "" {
		return nil, errors.New("portal: a public URL is needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Address == nil {
		cfg.Address = func(r *http.Request) string { return access.HostOf(r.RemoteAddr) }
	}
	if cfg.BadLink == nil {
		cfg.BadLink = func(error) bool { return false }
	}
	p := &portal{
		Config: cfg, https: cfg.PublicURL.Scheme == "https", origin: cfg.PublicURL.Scheme + "://" + cfg.PublicURL.Host,
		attempts: ratelimit.New(cfg.Now, 20, 3*time.Second), checks: ratelimit.New(cfg.Now, 120, time.Second), right: ratelimit.New(cfg.Now, 120, time.Second),
	}
	p.sessions = pages.NewSessions(cfg.Sessions, "muster-my", sessionIdle, sessionLife, p.https, cfg.Log)
	var err error
	if p.files, err = loadFiles(); err != nil {
		return nil, fmt.Errorf("portal assets: %w", err)
	}
	if p.texts, err = words.Load(wordFiles); err != nil {
		return nil, fmt.Errorf("portal texts: %w", err)
	}
	p.pages, err = pages.LoadTemplates(templateFiles, func(tag string) template.FuncMap {
		lang, _ := p.texts.In(tag)
		return functions(lang, cfg.Kit, p.files)
	})
	if err != nil {
		return nil, fmt.Errorf("portal pages: %w", err)
	}
	return p.secured(p.routes()), nil
}
