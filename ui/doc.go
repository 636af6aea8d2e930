// Package ui is the kiosk: what a person at the tablet sees, one file a screen.
//
// It is told what to show (Scene, Status) and says what was touched (Intents);
// it knows neither the journal nor the network. It draws through Fyne and never
// starts a window itself, so that every screen is tested without a display.
package ui
