package doctor

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"

	"github.com/jezek/xgb"
)

// quietX keeps the X library from writing to standard error, once for the process.
var quietX = sync.OnceFunc(func() { xgb.Logger = log.New(io.Discard, "", 0) })

// checkDisplay connects to the X server as the kiosk would.
func checkDisplay(ctx context.Context, cfg Config) []Finding {
	if cfg.Headless {
		return nil
	}
	if cfg.Display == "" {
		return []Finding{{
			"display", Broken, "no display: $DISPLAY is not set",
			"Run in the kiosk's session, or: export DISPLAY=:0. Without a screen, run with --headless.",
		}}
	}
	quietX()
	answer := make(chan error, 1) // a server that never answers leaves the goroutine to the process's end
	go func() {
		conn, err := xgb.NewConnDisplay(cfg.Display)
		if err == nil {
			conn.Close()
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		if err == nil {
			return []Finding{{"display", Fine, cfg.Display + " answers", ""}}
		}
		return []Finding{{
			"display", Broken, fmt.Sprintf("display %s can't be used: %v", cfg.Display, err),
			"Is the X server running, and is this its user? Else: export XAUTHORITY=/home/<its user>/.Xauthority",
		}}
	case <-ctx.Done():
		return []Finding{{"display", Broken, "display " + cfg.Display + " does not answer in time", "Start the X server again: sudo systemctl restart display-manager"}}
	}
}
