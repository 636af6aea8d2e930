// Package signals says with light and sound what the kiosk says on its screen: a
// lamp for each state and a buzzer on pins of the tablet's own computer.
//
// Each state has a rhythm and a pitch of its own, so that neither colour nor
// hearing is needed to tell them apart: accepted, two short rising tones; refused,
// one long low tone; waiting, one short tone; fault, three short low tones. All
// end within half a second, and a new signal cuts the one before short.
//
// On a computer without such pins everything here does nothing.
package signals
