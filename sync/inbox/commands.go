package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// The outcomes of a command that its row tells.
const (
	OutcomeDone       = "done"
	OutcomeExpired    = "expired"
	OutcomeCancelled  = "cancelled"
	OutcomeSuperseded = "superseded" // a later lock or unlock was carried out already
	OutcomeUnknown    = "unknown"    // of a kind that this version doesn't know
	OutcomeMalformed  = "malformed"
)

// Journal stores a row together with its effect before it returns.
type Journal interface {
	Append(ctx context.Context, kind device.Kind, payload proto.Message, effect device.Effect) (device.Row, error)
	Now() attendance.ClockReading
}

// Memory knows which commands were dealt with, over restarts too.
type Memory interface {
	Command(ctx context.Context, id string) (outcome string, done bool, err error)
}

// Captures reads cards for people.
type Captures interface {
	Begin(ctx context.Context, id string, profile attendance.ProfileID, name string, expires time.Time) error
	Cancel(ctx context.Context, id string) (ended bool, err error)
}

// Commands carries out what the cloud asks for, each command once however often
// it arrives. Used by one goroutine.
type Commands struct {
	Journal  Journal
	Memory   Memory
	Captures Captures
	Lock     func() device.Lock
	Locked   func(device.Lock) // told after a new state was committed
	Logger   *slog.Logger

	early []*wire.Command
}

// maxEarly is how many commands wait for the first comparison of the clocks. The
// cloud sends again what is dropped.
const maxEarly = 32

// Take carries out a command. A command that has an end waits until the clock
// has been compared with the cloud's, because the end is by the cloud's clock.
func (c *Commands) Take(ctx context.Context, m *wire.Command) error {
	if m.GetId() == "" || len(m.GetId()) > 64 {
		c.Logger.Warn("command without a usable id")
		return nil
	}
	if _, done, err := c.Memory.Command(ctx, m.GetId()); err != nil || done {
		return err
	}
	now := c.Journal.Now()
	if m.GetExpiresUs() != 0 && now.Trust == attendance.TrustNone {
		if len(c.early) < maxEarly {
			c.early = append(c.early, m)
		}
		return nil
	}
	if m.GetExpiresUs() != 0 && !now.Cloud().Before(time.UnixMicro(m.GetExpiresUs())) {
		return c.end(ctx, m.GetId(), OutcomeExpired, nil)
	}
	if err := c.carryOut(ctx, m); err != nil {
		return fmt.Errorf("command %s: %w", m.GetId(), err)
	}
	return nil
}

// Compared carries out what has waited for the clock.
func (c *Commands) Compared(ctx context.Context) error {
	waiting := c.early
	c.early = nil
	for _, m := range waiting {
		if err := c.Take(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (c *Commands) carryOut(ctx context.Context, m *wire.Command) error {
	switch of := m.GetOf().(type) {
	case *wire.Command_Capture:
		profile, err := attendance.ParseID[attendance.ProfileID](of.Capture.GetProfileId())
		if err != nil {
			return c.end(ctx, m.GetId(), OutcomeMalformed, nil)
		}
		return c.Captures.Begin(ctx, m.GetId(), profile, of.Capture.GetName(), time.UnixMicro(m.GetExpiresUs()))
	case *wire.Command_CancelCapture:
		return c.cancel(ctx, m.GetId(), of.CancelCapture.GetCaptureId())
	case *wire.Command_Lock:
		return c.lock(ctx, m.GetId(), device.Lock{Locked: true, Message: of.Lock.GetMessage(), Command: m.GetId()})
	case *wire.Command_Unlock:
		return c.lock(ctx, m.GetId(), device.Lock{Command: m.GetId()})
	default:
		return c.end(ctx, m.GetId(), OutcomeUnknown, nil)
	}
}

// cancel ends a capture. One that hasn't arrived yet is dealt with all the same,
// so that it can't begin after its own end.
func (c *Commands) cancel(ctx context.Context, id, capture string) error {
	ended, err := c.Captures.Cancel(ctx, capture)
	if err != nil {
		return err
	}
	if !ended && capture != "" && capture != id && len(capture) <= 64 {
		_, done, err := c.Memory.Command(ctx, capture)
		if err != nil {
			return err
		}
		if !done {
			if err := c.end(ctx, capture, OutcomeCancelled, nil); err != nil {
				return err
			}
		}
	}
	return c.end(ctx, id, OutcomeDone, nil)
}

// lock closes or opens the tablet. Identifiers of commands grow with time, so an
// older one that comes late changes nothing.
func (c *Commands) lock(ctx context.Context, id string, l device.Lock) error {
	if id < c.Lock().Command {
		return c.end(ctx, id, OutcomeSuperseded, nil)
	}
	if err := c.end(ctx, id, OutcomeDone, &l); err != nil {
		return err
	}
	c.Locked(l)
	return nil
}

// end tells how a command ended, together with what it changed.
func (c *Commands) end(ctx context.Context, id, outcome string, lock *device.Lock) error {
	_, err := c.Journal.Append(ctx, device.KindCommand, &wire.CommandPayload{CommandId: id, Outcome: outcome},
		device.Effect{Command: id, Outcome: outcome, Lock: lock})
	return err
}
