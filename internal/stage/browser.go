package stage

import (
	"context"
	"fmt"
	"os"

	"github.com/chromedp/chromedp"
)

// Browser returns a context in which chromedp drives a headless Chromium of the
// distribution, with a profile of its own, and what ends it.
func Browser(ctx context.Context, width, height int) (context.Context, func(), error) {
	dir, err := os.MkdirTemp("", "muster-browser-")
	if err != nil {
		return nil, nil, fmt.Errorf("start a browser: %w", err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("/usr/bin/chromium"),
		chromedp.UserDataDir(dir),
		chromedp.WindowSize(width, height),
		chromedp.NoSandbox, // tests may run as root
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, opts...)
	tab, cancelTab := chromedp.NewContext(alloc)
	end := func() {
		cancelTab()
		cancelAlloc()
		_ = os.RemoveAll(dir)
	}
	if err := chromedp.Do(tab); err != nil {
		end()
		return nil, nil, fmt.Errorf("start a browser: %w", err)
	}
	return tab, end, nil
}
