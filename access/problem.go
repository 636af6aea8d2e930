package access

// The problems that Invalid names. They are keys: console, API and kiosk put
// them into words.
const (
	Required       = "required"        // must be given
	TooShort       = "too-short"       // fewer characters than the standard asks
	TooLong        = "too-long"        // more characters than can be kept
	NotAnExport    = "not-an-export"   // no export file of a tablet, or cut off or changed
	BadSignature   = "wrong-signature" // not signed by a key of the tablet
	OtherTablet    = "other-tablet"    // of another tablet than the one that was named
	TooBig         = "too-big"         // more bytes or pixels than are taken in
	Malformed      = "malformed"       // not in the form that the field has
	Unknown        = "unknown"         // names something that is not there, or not within reach
	UnknownZone    = "unknown-zone"    // no such time zone
	Taken          = "taken"           // somebody or something else has it already
	TakenElsewhere = "taken-elsewhere" // taken by somebody at a site out of reach
	OutOfRange     = "out-of-range"    // a number or time beyond the limits
	Guessable      = "guessable"       // a password made of the person's own email, name or organisation
	Weak           = "weak"            // a password that a program would guess soon
	HEIC           = "heic"            // a photo in the format of iPhones, which browsers and we can't read
	OneCharacter   = "one-character"   // a password of one character again and again
	RandomNumber   = "random-number"   // a card that shows a new number at each tap
	LastAdmin      = "last-admin"      // nobody would be left to manage the organisation
	NotAPhoto      = "not-a-photo"     // neither JPEG nor PNG
)
