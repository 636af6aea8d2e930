package invite

import (
	"time"

	"muster/attendance"
)

// ContactChangeID names one change of an address or number. It is a UUID in text.
type ContactChangeID string

// ContactChange is an address or a number that somebody wrote into their own data
// and that counts only once they have shown that they read what is sent there. Until
// then the one before it does.
type ContactChange struct {
	ID      ContactChangeID
	Profile attendance.ProfileID
	Channel Channel // Email or SMS
	Address string  // normalised, as in Contact
	Asked   time.Time
	Until   time.Time // the latest code is good until then; zero: none has been sent yet
}
