package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/jezek/xgb"

	"muster/ui"
)

// windowOptions are how the kiosk's window opens.
type windowOptions struct {
	UI         ui.Options
	Intents    ui.Intents
	FullScreen bool
	// Width and Height are the window's size where it does not cover the
	// screen; 0: 1280 x 800.
	Width, Height int
}

// runWindow opens the kiosk's window and draws in it until ctx ends, the window
// is closed, or the process gets SIGINT or SIGTERM. It must be called from the
// main goroutine and only once in a process, because the window system insists
// on both. start is called on that goroutine as soon as scenes can be shown; it
// must not wait for anything.
func runWindow(ctx context.Context, o windowOptions, start func(k *ui.Kiosk)) error {
	if err := checkDisplay(); err != nil {
		return err
	}
	app.SetMetadata(fyne.AppMetadata{
		ID: "muster.tablet", Name: "Muster",
		// All drawing is done in Fyne's goroutine, so it need not check each call.
		Migrations: map[string]bool{"fyneDo": true},
	})
	a := app.New()
	a.Settings().SetTheme(ui.Theme(o.UI.Dark))
	dropStopEvent(a)
	kiosk := ui.New(o.UI, o.Intents)
	defer kiosk.Close()

	w := a.NewWindow("Muster")
	w.SetMaster()
	w.SetPadded(false)
	w.SetContent(kiosk.Content())
	w.Canvas().SetOnTypedRune(kiosk.TypedRune)
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyBackspace:
			kiosk.Erase()
		case fyne.KeyReturn, fyne.KeyEnter:
			kiosk.Submit()
		}
	})
	if o.Width <= 0 || o.Height <= 0 {
		o.Width, o.Height = 1280, 800
	}
	w.Resize(fyne.NewSize(float32(o.Width), float32(o.Height)))
	w.SetFullScreen(o.FullScreen)

	a.Lifecycle().SetOnStarted(func() { start(kiosk) })
	w.Show()
	ended := make(chan struct{})
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		select {
		case <-ctx.Done():
			fyne.Do(a.Quit)
		case <-ended:
		}
	}()
	a.Run()
	close(ended)
	<-watching
	return nil
}

// dropStopEvent takes away what Fyne does when it has stopped: it would save
// preferences, of which there are none here. Fyne 2.7.1 hands that to its main loop
// at the very moment at which that loop takes nothing more; when it comes too late,
// which is a matter of microseconds, Run waits for it and never returns.
func dropStopEvent(a fyne.App) {
	if l, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(f func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
}

// checkDisplay tells in words that there is no screen to draw on, which the
// window library would end the process for.
func checkDisplay() error {
	if os.Getenv("DISPLAY") == "" {
		return fmt.Errorf("open window: no display (DISPLAY is not set)")
	}
	xgb.Logger = log.New(io.Discard, "", 0) // it has opinions on a missing .Xauthority
	x, err := xgb.NewConn()
	if err != nil {
		return fmt.Errorf("open window on display %s: %w", os.Getenv("DISPLAY"), err)
	}
	x.Close()
	return nil
}
