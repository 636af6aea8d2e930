// Package chromium drives the distribution's browser through the product's
// pages, for tests and pictures. What the browser writes is gone with it.
package chromium

import (
	"context"
	"errors"
	"fmt"

	"github.com/chromedp/chromedp"

	"muster/internal/scratch"
)

// Start starts a browser without a window on the screen, and returns a context
// in which chromedp drives it and what ends it.
func Start(ctx context.Context, more ...chromedp.ExecAllocatorOption) (context.Context, func() error, error) {
	dir, remove, err := scratch.Folder("", "chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("start the browser: %w", err)
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
		chromedp.NoSandbox, // tests may run as root
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(dir),
		chromedp.Env("TMPDIR=" + dir), // it leaves its sockets there when it is killed
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		// A page that lies behind another is as quick as one in front.
		chromedp.Flag("disable-background-timer-throttling", true), chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
	}, more...)
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocator)
	end := func() error {
		err := chromedp.Cancel(tab) // waits until it has gone
		endTab()
		endAllocator()
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, remove())
	}
	if err := chromedp.Do(tab); err != nil {
		return nil, nil, fmt.Errorf("start the browser: %w", errors.Join(err, end()))
	}
	return tab, end, nil
}
