package stage

import (
	"context"

	"github.com/chromedp/chromedp"

	"muster/internal/chromium"
)

// Browser returns a context in which chromedp drives a headless Chromium of the
// distribution, with a profile of its own, and what ends it.
func Browser(ctx context.Context, width, height int) (context.Context, func(), error) {
	tab, end, err := chromium.Start(ctx, chromedp.WindowSize(width, height))
	if err != nil {
		return nil, nil, err
	}
	return tab, func() { _ = end() }, nil // what is left is cleared away by the next
}
