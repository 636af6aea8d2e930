package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// decide runs f with a user code as somebody typed it, and counts it as a guess
// when there is no such code.
func (s *Service) decide(actor access.Actor, typed string, f func(code string) error) error {
	right, ok := s.userCodes.try(string(actor.Org) + "/" + string(actor.User))
	if !ok {
		return fmt.Errorf("user code: %w", access.ErrTooMany)
	}
	code, ok := parseCode(typed)
	if !ok {
		right() // a slip of the pen is no guess
		return fmt.Errorf("user code: %w", access.ErrNotFound)
	}
	err := f(code)
	if err == nil || !errors.Is(err, access.ErrNotFound) && !errors.Is(err, access.ErrExpired) {
		right()
	}
	return err
}

// Claim returns the claim under a user code, for the actor to look at. Codes are
// taken in any case, with or without hyphen. access.ErrNotFound, ErrExpired (or
// decided already), ErrTooMany.
func (s *Service) Claim(ctx context.Context, actor access.Actor, userCode string) (c device.Claim, err error) {
	err = s.decide(actor, userCode, func(code string) error {
		if c, err = s.Store.Claim(ctx, actor, code); err == nil {
			c.UserCode = showCode(c.UserCode)
		}
		return err
	})
	if err != nil {
		return device.Claim{}, err
	}
	return c, nil
}

// Approve makes the tablet behind a user code one of a site's.
func (s *Service) Approve(ctx context.Context, actor access.Actor, userCode string, site attendance.SiteID, name string) (id attendance.DeviceID, err error) {
	if err := actor.RequireAt(access.ManageDevices, site); err != nil {
		return "", err
	}
	err = s.decide(actor, userCode, func(code string) error {
		id, err = s.Store.Approve(ctx, actor, code, site, name)
		return err
	})
	if err != nil {
		return "", err
	}
	s.Logger.Info("tablet approved", "device", id, "site", site, "by", actor.User)
	s.Downlink.Announce(actor.Org, "claim", "")
	s.Downlink.Announce(actor.Org, "device", string(id))
	return id, nil
}

// Deny refuses the tablet behind a user code.
func (s *Service) Deny(ctx context.Context, actor access.Actor, userCode string) error {
	err := s.decide(actor, userCode, func(code string) error { return s.Store.Deny(ctx, actor, code) })
	if err == nil {
		s.Downlink.Announce(actor.Org, "claim", "")
	}
	return err
}

// ActivationCode makes a one-time code that, typed on a tablet within a day,
// makes it one of the site's.
func (s *Service) ActivationCode(ctx context.Context, actor access.Actor, site attendance.SiteID, name string) (code string, expires time.Time, err error) {
	code, expires = newCode(), s.Now().Add(activationLife)
	if err := s.Store.IssueActivation(ctx, actor, hash(code), site, name, expires); err != nil {
		return "", time.Time{}, err
	}
	return showCode(code), expires, nil
}

// Tablets returns the tablets within the actor's reach.
func (s *Service) Tablets(ctx context.Context, actor access.Actor) ([]device.Tablet, error) {
	return s.Store.Tablets(ctx, actor)
}

// Tablet returns one of them.
func (s *Service) Tablet(ctx context.Context, actor access.Actor, id attendance.DeviceID) (device.Tablet, error) {
	return s.Store.Tablet(ctx, actor, id)
}

// Rename gives a tablet another name.
func (s *Service) Rename(ctx context.Context, actor access.Actor, id attendance.DeviceID, name string) error {
	return s.changed(actor, id, s.Store.RenameTablet(ctx, actor, id, name))
}

// Revoke shuts a tablet out for good and cuts its connection now.
func (s *Service) Revoke(ctx context.Context, actor access.Actor, id attendance.DeviceID) error {
	if err := s.Store.RevokeTablet(ctx, actor, id); err != nil {
		return err
	}
	s.Logger.Info("tablet revoked", "device", id, "by", actor.User)
	return s.changed(actor, id, s.Downlink.Kick(id))
}

// Lock makes a tablet show a message instead of taking punches, as soon as it
// can be reached.
func (s *Service) Lock(ctx context.Context, actor access.Actor, id attendance.DeviceID, message string) error {
	err := s.Store.LockTablet(ctx, actor, id, message)
	if err == nil {
		s.Attend(ctx, id)
	}
	return s.changed(actor, id, err)
}

// Unlock takes that back.
func (s *Service) Unlock(ctx context.Context, actor access.Actor, id attendance.DeviceID) error {
	err := s.Store.UnlockTablet(ctx, actor, id)
	if err == nil {
		s.Attend(ctx, id)
	}
	return s.changed(actor, id, err)
}

func (s *Service) changed(actor access.Actor, id attendance.DeviceID, err error) error {
	if err == nil {
		s.Downlink.Announce(actor.Org, "device", string(id))
	}
	return err
}

// StartCapture has a tablet read the next card for a person, within two minutes.
func (s *Service) StartCapture(ctx context.Context, actor access.Actor, dev attendance.DeviceID, profile attendance.ProfileID) (device.CardCapture, error) {
	c, err := s.Store.StartCapture(ctx, actor, dev, profile)
	if err != nil {
		return device.CardCapture{}, err
	}
	s.Attend(ctx, dev)
	s.Downlink.Announce(actor.Org, "capture", c.ID)
	return c, nil
}

// CardCapture tells how far it has come.
func (s *Service) CardCapture(ctx context.Context, actor access.Actor, id string) (device.CardCapture, error) {
	return s.Store.CardCapture(ctx, actor, id)
}

// CancelCapture ends it.
func (s *Service) CancelCapture(ctx context.Context, actor access.Actor, id string) error {
	dev, err := s.Store.CancelCapture(ctx, actor, id)
	if err != nil {
		return err
	}
	s.Attend(ctx, dev)
	s.Downlink.Announce(actor.Org, "capture", id)
	return nil
}

// Attend sends a tablet what it has been asked and has not answered. A tablet
// that isn't there is sent it when it comes.
func (s *Service) Attend(ctx context.Context, id attendance.DeviceID) {
	to, open, err := s.Store.OpenCommands(ctx, id)
	if err != nil {
		s.Logger.Error("commands", "device", id, "err", err)
		return
	}
	for _, c := range open {
		body, err := proto.Marshal(c)
		if err == nil {
			err = s.Downlink.Send(to, wire.DownCommand, body)
		}
		if err != nil {
			s.Logger.Warn("command", "device", id, "command", c.GetId(), "err", err)
		}
	}
}
