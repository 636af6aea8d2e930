package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// maxText is the longest name that is taken from the feed, in bytes.
const maxText = 1 << 10

// change reads one change of the feed for the tablet self.
func change(c *wire.Change, self attendance.DeviceID) (device.RosterChange, error) {
	switch of := c.GetOf().(type) {
	case *wire.Change_Settings:
		s, err := settings(of.Settings, self)
		return device.RosterChange{Settings: &s}, err
	case *wire.Change_Profile:
		p, err := profile(of.Profile)
		return device.RosterChange{Profile: &p}, err
	case *wire.Change_ProfileGone:
		id, err := attendance.ParseID[attendance.ProfileID](of.ProfileGone)
		return device.RosterChange{ProfileGone: id}, err
	case *wire.Change_Card:
		card, err := card(of.Card)
		return device.RosterChange{Card: &card}, err
	case *wire.Change_CardGone:
		card, err := card(of.CardGone)
		return device.RosterChange{CardGone: &card}, err
	case *wire.Change_Photo:
		if err := photoID(of.Photo.GetId()); err != nil {
			return device.RosterChange{}, err
		}
		if sum := sha256.Sum256(of.Photo.GetJpeg()); hex.EncodeToString(sum[:]) != of.Photo.GetId() {
			return device.RosterChange{}, errors.New("photo: not the picture that its id names")
		}
		return device.RosterChange{Photo: &device.Photo{ID: of.Photo.GetId(), JPEG: of.Photo.GetJpeg()}}, nil
	case *wire.Change_PhotoGone:
		return device.RosterChange{PhotoGone: of.PhotoGone}, photoID(of.PhotoGone)
	default:
		return device.RosterChange{}, errors.New("of a kind that this version doesn't know")
	}
}

func settings(m *wire.Settings, self attendance.DeviceID) (device.Settings, error) {
	s := device.Settings{
		Org: m.GetOrganisation(), Site: m.GetSite(), Device: m.GetTablets()[string(self)], TimeZone: m.GetTimeZone(), Language: m.GetLanguage(),
		ResultTime: clamp(m.GetResultTimeMs(), time.Second, time.Minute), Debounce: clamp(m.GetDebounceMs(), 0, 10*time.Minute),
	}
	s.Offline, _ = attendance.ParseOffline(m.GetOffline()) // one that this version doesn't know refuses nobody
	if len(m.GetCardKey()) != len(s.CardKey) {
		return s, fmt.Errorf("settings: card key has %d bytes, want %d", len(m.GetCardKey()), len(s.CardKey))
	}
	s.CardKey = attendance.CardKey(m.GetCardKey())
	return s, texts("settings", s.Org, s.Site, s.Device, s.TimeZone, s.Language)
}

// clamp keeps a time from the feed within what makes sense on a tablet; 0 is
// left for the default.
func clamp(ms int64, low, high time.Duration) time.Duration {
	if ms <= 0 {
		return 0
	}
	return max(low, time.Duration(min(ms, high.Milliseconds()))*time.Millisecond)
}

func profile(m *wire.Profile) (attendance.Profile, error) {
	p := attendance.Profile{
		Number: m.GetNumber(), FirstName: m.GetFirstName(), LastName: m.GetLastName(),
		Language: m.GetLanguage(), Photo: m.GetPhoto(), Blocked: m.GetBlocked(), JoinWaits: m.GetJoinWaits(),
	}
	var err error
	if p.ID, err = attendance.ParseID[attendance.ProfileID](m.GetId()); err != nil {
		return p, fmt.Errorf("profile: %w", err)
	}
	if photoID(p.Photo) != nil {
		p.Photo = "" // initials are better than nobody
	}
	p.Invitation, p.Pending, p.Manager = invitation(m.GetInvitation()), pending(m.GetPending()), manager(m.GetManager())
	return p, texts("profile", p.Number, p.FirstName, p.LastName, p.Language)
}

// invitation reads how somebody stands who was asked to join. What can't be
// understood is left out: who can't answer here can clock in all the same.
func invitation(m *wire.Invitation) *attendance.Invitation {
	if m == nil || len(m.GetAnswerId()) > maxWord || texts("invitation", m.GetAnswerId(), m.GetOutcome()) != nil || len(m.GetOutcome()) > maxWord {
		return nil
	}
	i := &attendance.Invitation{Open: m.GetOpen(), Declined: m.GetDeclined(), Asked: instant(m.GetAskedUs()), Answer: m.GetAnswerId(), Outcome: m.GetOutcome()}
	if i.Asked.Year() < 1970 || i.Asked.Year() > 9999 {
		i.Open, i.Asked = false, time.Time{}
	}
	return i
}

// maxWord is the longest id or keyword that is taken from the feed, in bytes.
const maxWord = 64

func card(m *wire.Card) (attendance.Card, error) {
	c := attendance.Card{From: instant(m.GetFromUs()), To: instant(m.GetToUs()), Blocked: m.GetBlocked()}
	var err error
	if c.ID, err = attendance.ParseCardID(m.GetCardId()); err != nil {
		return c, fmt.Errorf("card: %w", err)
	}
	if c.Profile, err = attendance.ParseID[attendance.ProfileID](m.GetProfileId()); err != nil {
		return c, fmt.Errorf("card: %w", err)
	}
	return c, nil
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func photoID(id string) error {
	if b, err := hex.DecodeString(id); err != nil || len(b) != sha256.Size {
		return errors.New("photo: id is no SHA-256")
	}
	return nil
}

func texts(what string, all ...string) error {
	for _, s := range all {
		if len(s) > maxText || !utf8.ValidString(s) {
			return fmt.Errorf("%s: text too long or not UTF-8", what)
		}
	}
	return nil
}
