package access

import "time"

// Locked is ErrTooMany with the time at which trying again makes sense.
type Locked struct{ Until time.Time }

// Error is for logs; a screen has a sentence of its own.
func (l Locked) Error() string {
	return ErrTooMany.Error() + ": until " + l.Until.UTC().Format(time.RFC3339)
}

// Is makes errors.Is(err, ErrTooMany) true.
func (l Locked) Is(target error) bool { return target == ErrTooMany }
