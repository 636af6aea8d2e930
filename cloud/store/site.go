package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// Organisation returns the actor's own.
func (s *Store) Organisation(ctx context.Context, actor access.Actor) (attendance.Organisation, error) {
	var o attendance.Organisation
	if err := actor.Require(access.ReadRoster); err != nil {
		return o, err
	}
	var setBack int64
	err := s.read.QueryRowContext(ctx, `SELECT id, name, set_back_at FROM orgs WHERE id = ?`, actor.Org).Scan(&o.ID, &o.Name, &setBack)
	if err != nil {
		return o, fmt.Errorf("read organisation: %w", known(err))
	}
	o.SetBack = fromMicros(setBack)
	o.WrongClocks, err = collect(ctx, s.read, func(r *sql.Rows, c *attendance.WrongClock) error {
		var off int64
		err := r.Scan(&c.Name, &off)
		c.Off = time.Duration(off) * time.Microsecond
		return err
	}, `SELECT name, clock_off FROM replicas WHERE clock_wrong ORDER BY name, id`)
	if err != nil {
		return o, fmt.Errorf("read replicas' clocks: %w", err)
	}
	return o, nil
}

// Sites returns the sites within reach, by name.
func (s *Store) Sites(ctx context.Context, actor access.Actor) ([]attendance.Site, error) {
	if err := actor.Require(access.ReadRoster); err != nil {
		return nil, err
	}
	return findSites(ctx, s.read, inOrg("org", actor).atSite("id", actor))
}

// Site returns one site.
func (s *Store) Site(ctx context.Context, actor access.Actor, id attendance.SiteID) (attendance.Site, error) {
	if err := actor.RequireAt(access.ReadRoster, id); err != nil {
		return attendance.Site{}, err
	}
	sites, err := findSites(ctx, s.read, inOrg("org", actor).and("id = ?", id).atSite("id", actor))
	if err != nil {
		return attendance.Site{}, err
	}
	if len(sites) != 1 {
		return attendance.Site{}, access.ErrNotFound
	}
	return sites[0], nil
}

func findSites(ctx context.Context, q querier, w *where) ([]attendance.Site, error) {
	sites, err := collect(ctx, q, func(r *sql.Rows, v *attendance.Site) error {
		return r.Scan(&v.ID, &v.Org, &v.Name, &v.TimeZone, &v.Language, &v.Offline)
	}, `SELECT id, org, name, time_zone, language, offline FROM sites`+w.sql+` ORDER BY name, id`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	return sites, nil
}

func cleanSite(site *attendance.Site) error {
	if err := require("name", &site.Name, maxName); err != nil {
		return err
	}
	if err := cleanZone(&site.TimeZone); err != nil {
		return err
	}
	if err := cleanLanguage(&site.Language); err != nil {
		return err
	}
	if site.Language == "" {
		site.Language = attendance.Languages[0]
	}
	if _, ok := attendance.ParseOffline(string(site.Offline)); !ok && site.Offline != "" {
		return access.Invalid{Field: "offline", Problem: access.Unknown}
	}
	return nil
}

// AddSite adds a site and begins its feed with the site's settings.
func (s *Store) AddSite(ctx context.Context, actor access.Actor, site attendance.Site) (attendance.Site, error) {
	if err := actor.Require(access.ManageSites); err != nil {
		return attendance.Site{}, err
	}
	if err := cleanSite(&site); err != nil {
		return attendance.Site{}, err
	}
	site.ID, site.Org = attendance.NewID[attendance.SiteID](), actor.Org
	site.Offline = cmp.Or(site.Offline, attendance.OfflineAllowed)
	err := s.change(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, `INSERT INTO sites (id, org, name, time_zone, language, offline, feed_epoch, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			site.ID, site.Org, site.Name, site.TimeZone, site.Language, site.Offline, uuid.NewString(), micros(t.now))
		if err != nil {
			return taken(err, "name", "add site")
		}
		if err := t.feedSettings(ctx, site.ID); err != nil {
			return err
		}
		return t.audit(ctx, actor, "add-site", string(site.ID))
	})
	if err != nil {
		return attendance.Site{}, err
	}
	return site, nil
}

// ChangeSite replaces a site's name, time zone, language and what it does with
// taps without a line; that stays as it is where site doesn't say.
func (s *Store) ChangeSite(ctx context.Context, actor access.Actor, site attendance.Site) error {
	if err := actor.RequireAt(access.ManageSites, site.ID); err != nil {
		return err
	}
	if err := cleanSite(&site); err != nil {
		return err
	}
	return s.EditSite(ctx, actor, site.ID, func(now *attendance.Site) error {
		*now = site
		return nil
	})
}

// EditSite is ChangeSite with what edit makes of the site as it is at that moment;
// see EditProfile.
func (s *Store) EditSite(ctx context.Context, actor access.Actor, id attendance.SiteID, edit func(*attendance.Site) error) error {
	if err := actor.RequireAt(access.ManageSites, id); err != nil {
		return err
	}
	return s.change(ctx, func(t *tx) error {
		old, err := findSites(ctx, t, inOrg("org", actor).and("id = ?", id).atSite("id", actor))
		switch {
		case err != nil:
			return err
		case len(old) != 1:
			return access.ErrNotFound
		}
		site := old[0]
		if err := edit(&site); err != nil {
			return err
		}
		site.ID, site.Org = id, actor.Org
		site.Offline = cmp.Or(site.Offline, old[0].Offline)
		if err := cleanSite(&site); err != nil {
			return err
		}
		if site == old[0] {
			return nil
		}
		_, err = t.ExecContext(ctx, `UPDATE sites SET name = ?, time_zone = ?, language = ?, offline = ? WHERE id = ? AND org = ?`,
			site.Name, site.TimeZone, site.Language, site.Offline, site.ID, actor.Org)
		if err != nil {
			return taken(err, "name", "change site")
		}
		if err := t.feedSettings(ctx, site.ID); err != nil {
			return err
		}
		return t.audit(ctx, actor, "change-site", string(site.ID))
	})
}

// feedSettings tells a site's tablets what they need to know of the site.
func (t *tx) feedSettings(ctx context.Context, site attendance.SiteID) error {
	var m wire.Settings
	err := t.QueryRowContext(ctx, `SELECT o.name, s.name, s.time_zone, s.language, o.card_key, s.result_ms, s.debounce_ms, s.offline
		FROM sites s JOIN orgs o ON o.id = s.org WHERE s.id = ?`, site).
		Scan(&m.Organisation, &m.Site, &m.TimeZone, &m.Language, &m.CardKey, &m.ResultTimeMs, &m.DebounceMs, &m.Offline)
	if err != nil {
		return fmt.Errorf("read a site's settings: %w", known(err))
	}
	m.Tablets = map[string]string{}
	_, err = collect(ctx, t, func(r *sql.Rows, _ *struct{}) error {
		var id, name string
		err := r.Scan(&id, &name)
		m.Tablets[id] = name
		return err
	}, `SELECT id, name FROM devices WHERE site = ? AND revoked_at = 0`, site)
	if err != nil {
		return fmt.Errorf("read the names of a site's tablets: %w", err)
	}
	return t.feed(ctx, site, "settings", &wire.Change{Of: &wire.Change_Settings{Settings: &m}})
}
