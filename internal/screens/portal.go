package main

import (
	"github.com/chromedp/chromedp"

	"muster/internal/stage"
)

// portal goes the way of somebody who was handed a code, on a telephone, and
// photographs where it leads.
func (s *studio) portal() error {
	browser, end, err := stage.Browser(s.ctx, 375, 800)
	if err != nil {
		return err
	}
	defer end()
	err = chromedp.Do(browser,
		chromedp.EmulateViewport(375, 800, chromedp.EmulateMobile, chromedp.EmulateScale(2)),
		chromedp.Navigate(s.cloud.HTTP+"/my/login"),
		chromedp.SendKeys(`input[name=name]`, s.number),
		chromedp.SendKeys(`input[name=password]`, s.code+"\r"),
		chromedp.WaitVisible(`form[action="/my/start/password"] #f-password`),
		chromedp.SendKeys(`#f-password`, "three brave otters sing"),
		chromedp.WaitVisible(`.standard-good`),
	)
	if err != nil {
		return err
	}
	img, err := view(browser)
	if err != nil {
		return err
	}
	if err := save(s.out, "portal-password", img); err != nil {
		return err
	}
	err = chromedp.Do(browser,
		chromedp.SendKeys(`#f-password`, "\r"),
		chromedp.WaitVisible(`form[action="/my/start/details"]`),
		chromedp.Submit(`form[action="/my/start/details"]`),
		chromedp.WaitReady(`a[href="/my"]`),
	)
	if err != nil {
		return err
	}
	img, err = s.page(browser, "/my", 375)
	if err != nil {
		return err
	}
	return save(s.out, "portal-today", img)
}
