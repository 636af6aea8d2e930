package main

import (
	"context"
	"fmt"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"muster/internal/stage"
)

// The account that the pictures are taken with; it lives for a minute.
const (
	email    = "ada@example.org"
	password = "correct horse battery staple"
)

// studio is the product, running to be photographed.
type studio struct {
	ctx      context.Context
	dir, out string

	cloud   *stage.Cloud
	reader  *stage.Reader
	display *stage.Display
	tablet  *stage.Tablet
	api     *stage.API
	site    string
	device  string
	ids     []string // of people, in their order

	number, code string // what the first of them signs in with at the portal
}

var people = []struct{ first, last, language, uid, email string }{
	{"Anna", "Petersen", "de", "04a1b2c3d4e501", "anna@example.org"},
	{"Boris", "Sokolov", "ru", "04a1b2c3d4e502", "boris@example.org"},
	{"Chen", "Wei", "en", "04a1b2c3d4e503", "chen@example.org"},
	{"Maximiliana-Theodora", "von Hohenlohe-Schillingsfürst", "de", "04a1b2c3d4e504", "theodora@example.org"},
	{"Ольга", "Кузнецова", "ru", "04a1b2c3d4e505", ""},
	{"Samuel", "Adeyemi", "en", "04a1b2c3d4e506", "samuel@example.org"},
}

// open starts everything and fills it.
func (s *studio) open(bin string) error {
	b := stage.In(bin)
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	if s.cloud, err = stage.StartCloud(s.ctx, b, stage.CloudOptions{Data: filepath.Join(s.dir, "cloud"), Log: log}); err != nil {
		return err
	}
	if s.reader, err = stage.StartReader(s.ctx, b, filepath.Join(s.dir, "reader"), "", log); err != nil {
		return err
	}
	if s.display, err = stage.StartDisplay(s.ctx, 1280, 800); err != nil {
		return err
	}
	if err := os.Setenv("DISPLAY", s.display.Name); err != nil {
		return err
	}
	if err := s.fill(); err != nil {
		return err
	}
	s.tablet, err = stage.StartWindow(b, stage.TabletOptions{
		Data: filepath.Join(s.dir, "tablet"), Cloud: s.cloud.Device, Authority: s.cloud.Authority,
		Connstring: s.reader.Connstring, Log: log,
	})
	return err
}

func (s *studio) fill() error {
	s.api = &stage.API{Base: s.cloud.HTTP}
	var setUp struct {
		Token string `json:"token"`
	}
	err := s.post("/api/v1/setup", map[string]any{
		"token": s.cloud.SetUpToken(), "organisation": "Nordlicht Tools", "email": email,
		"name": "Ada Lindqvist", "password": password, "language": "en",
	}, &setUp)
	if err != nil {
		return err
	}
	s.api.Token = setUp.Token
	var made struct {
		ID string `json:"id"`
	}
	if err := s.post("/api/v1/sites", map[string]any{"name": "Werk Nord", "time_zone": "Europe/Berlin", "language": "en"}, &made); err != nil {
		return err
	}
	s.site = made.ID
	for _, p := range people {
		err := s.post("/api/v1/employees", map[string]any{
			"first_name": p.first, "last_name": p.last, "language": p.language, "sites": []string{s.site}, "email": p.email,
		}, &made)
		if err != nil {
			return err
		}
		s.ids = append(s.ids, made.ID)
		if err := s.post("/api/v1/employees/"+made.ID+"/cards", map[string]any{"uid": p.uid}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *studio) close() {
	if s.tablet != nil {
		_ = s.tablet.Stop()
	}
	if s.reader != nil {
		_ = s.reader.Stop()
	}
	if s.cloud != nil {
		_ = s.cloud.Stop()
	}
	if s.display != nil {
		s.display.Stop()
	}
}

func (s *studio) post(path string, in, out any) error {
	return s.api.Do(s.ctx, http.MethodPost, path, in, out)
}

// picture photographs the kiosk under a name once it has come to rest: when two
// pictures in a row are the same, or after some tries where something moves.
func (s *studio) picture(name string) error {
	var last *image.RGBA
	for range 20 {
		img, err := s.display.Picture()
		if err != nil {
			return err
		}
		if last != nil && string(last.Pix) == string(img.Pix) {
			break
		}
		last = img
		if err := s.wait(100 * time.Millisecond); err != nil {
			return err
		}
	}
	return save(s.out, name, last)
}

// until asks again and again until something has come about.
func (s *studio) until(what string, yes func() (bool, error)) error {
	for {
		ok, err := yes()
		if ok || err != nil {
			return err
		}
		if err := s.wait(100 * time.Millisecond); err != nil {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
	}
}

func (s *studio) wait(d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}
