package device

import "time"

// Credential is a private key and the certificate for it.
type Credential struct {
	Key         []byte    // PKCS #8, DER; ECDSA on P-256
	Certificate []byte    // X.509, DER; empty while it is still being asked for
	NotAfter    time.Time // when the certificate ends, by the cloud's clock
	RenewAfter  time.Time // two thirds of its life
}

// Credentials are the one in use and, during a renewal, the one that is to take
// its place. The old one goes when the new one has been seen to work.
type Credentials struct {
	Authority []byte // X.509, DER: the CA that signs tablets and edges
	Current   Credential
	Next      *Credential
}

// Progress is how far an activation has come. It is kept at each step, so that a
// power cut loses none of it.
type Progress struct {
	Key        []byte // PKCS #8, DER; the key that the certificate will be for
	Code       string // a one-time code from the console that was typed and not yet answered
	DeviceCode string // the tablet's secret for the claim; empty: not claimed yet
	UserCode   string
	URL        string // where the manager types the user code
	Complete   string // the same with the code in it
	Words      []string
	Expires    time.Time
	Interval   time.Duration // shortest time between two polls
	Approved   bool          // a manager said yes; the certificate is to be fetched
}

// Grant is everything that an activation brings, kept in one piece.
type Grant struct {
	Identity    Identity
	Credentials Credentials
	Settings    Settings
}
