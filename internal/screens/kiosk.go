package main

import (
	"net/http"
	"time"

	"muster/internal/stage"
)

// kiosk photographs what an employee sees.
func (s *studio) kiosk() error {
	shown, err := s.tablet.Await(s.ctx, "a code", func(s stage.Shown) bool { return s.UserCode != "" })
	if err != nil {
		return err
	}
	if err := s.picture("kiosk-activation"); err != nil {
		return err
	}
	var approved struct {
		ID string `json:"id"`
	}
	if err := s.post("/api/v1/claims/"+shown.UserCode+"/approve", map[string]any{"site": s.site, "name": "Gate 2"}, &approved); err != nil {
		return err
	}
	s.device = approved.ID
	err = s.until("the tablet knows everybody", func() (bool, error) {
		var d struct {
			Health struct {
				Employees int `json:"employees"`
			} `json:"health"`
		}
		err := s.api.Do(s.ctx, http.MethodGet, "/api/v1/devices/"+s.device, nil, &d)
		return d.Health.Employees == len(people), err
	})
	if err != nil {
		return err
	}
	if err := s.picture("kiosk-ready"); err != nil {
		return err
	}
	for _, shot := range []struct{ uid, name string }{
		{people[0].uid, "kiosk-accepted"},
		{people[3].uid, "kiosk-long-name"},
		{"04ffffffffff01", "kiosk-refused"},
		{people[4].uid, ""},
		{people[1].uid, ""},
		{people[2].uid, ""},
	} {
		if err := s.reader.Tap(s.ctx, shot.uid); err != nil {
			return err
		}
		if shot.name == "" {
			continue
		}
		if err := s.wait(500 * time.Millisecond); err != nil {
			return err
		}
		if err := s.picture(shot.name); err != nil {
			return err
		}
	}
	if err := s.reader.Unplug(s.ctx); err != nil {
		return err
	}
	if err := s.wait(6 * time.Second); err != nil {
		return err
	}
	if err := s.picture("kiosk-fault"); err != nil {
		return err
	}
	return s.reader.Plug(s.ctx)
}
