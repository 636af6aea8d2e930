package main

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"github.com/chromedp/chromedp"

	"muster/internal/stage"
)

// console photographs what a manager sees, on a desk and on a telephone.
func (s *studio) console() error {
	browser, end, err := stage.Browser(s.ctx, 1280, 800)
	if err != nil {
		return err
	}
	defer end()
	err = chromedp.Do(browser,
		chromedp.Navigate(s.cloud.HTTP+"/login"),
		chromedp.SendKeys(`input[name=email]`, email),
		chromedp.SendKeys(`input[name=password]`, password+"\r"),
		chromedp.WaitVisible(`nav`),
	)
	if err != nil {
		return err
	}
	if err := s.invite(); err != nil {
		return err
	}
	for _, shot := range []struct {
		name, path string
		width      int64
	}{
		{"console-overview", "/", 1280},
		{"console-punches", "/punches", 1280},
		{"console-employees", "/employees", 1280},
		{"console-tablets", "/devices", 1280},
		{"console-invitations", "/invitations", 1280},
		{"console-phone", "/punches", 375},
	} {
		img, err := s.page(browser, shot.path, shot.width)
		if err != nil {
			return err
		}
		if err := save(s.out, shot.name, img); err != nil {
			return err
		}
	}
	return nil
}

// invite asks some of the people, and hands the first a code.
func (s *studio) invite() error {
	err := s.post("/api/v1/batches", map[string]any{"event": "invite", "to": map[string]any{"ids": []string{s.ids[1], s.ids[3]}}}, nil)
	if err != nil {
		return err
	}
	var handed struct {
		Number string `json:"number"`
		Code   string `json:"code"`
	}
	if err := s.post("/api/v1/invitations/"+s.ids[0]+"/hand-out", nil, &handed); err != nil {
		return err
	}
	s.number, s.code = handed.Number, handed.Code
	return nil
}

func (s *studio) page(browser context.Context, path string, width int64) (image.Image, error) {
	var opts []chromedp.EmulateViewportOption
	if width < 600 {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateScale(2))
	}
	err := chromedp.Do(browser,
		chromedp.EmulateViewport(width, 800, opts...),
		chromedp.Navigate(s.cloud.HTTP+path),
		chromedp.WaitReady(`main`),
	)
	if err != nil {
		return nil, err
	}
	return view(browser)
}

// view photographs what the browser shows.
func view(browser context.Context) (image.Image, error) {
	shot, err := chromedp.Run(browser, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(shot))
}
