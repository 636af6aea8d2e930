package wire

import "time"

// The requests by which a tablet becomes known and stays known. They are JSON
// over HTTPS on the cloud's device address, after the shape of RFC 8628 (OAuth
// 2.0 Device Authorization Grant): the tablet asks, a signed-in manager approves
// by a short code, the tablet fetches its certificate.
const (
	PathClaims  = "/device/v1/claims"             // POST ClaimRequest -> ClaimReply
	PathPoll    = "/device/v1/claims/poll"        // POST PollRequest -> PollReply
	PathConfirm = "/device/v1/certificates"       // POST CertificateRequest -> CertificateReply
	PathRenew   = "/device/v1/certificates/renew" // POST RenewRequest with the current certificate, expired or not -> CertificateReply
)

// ClaimRequest begins an activation.
type ClaimRequest struct {
	PublicKey      []byte `json:"public_key"`                // PKIX, DER: the key that the certificate will be for
	Hardware       string `json:"hardware"`                  // what the manager sees: "Raspberry Pi 5 · serial 1000…"
	Version        string `json:"version"`                   // of the agent
	ActivationCode string `json:"activation_code,omitempty"` // the one-time code from the console, where the manager began there
}

// ClaimReply is what the tablet shows and remembers.
type ClaimReply struct {
	DeviceCode      string    `json:"device_code"`      // the tablet's secret for this claim
	UserCode        string    `json:"user_code"`        // eight letters, shown as XXXX-XXXX
	VerificationURL string    `json:"verification_url"` // where the manager types it
	CompleteURL     string    `json:"complete_url"`     // the same with the code in it, for the QR code
	Words           []string  `json:"words"`            // the key's fingerprint in four words, shown on both sides
	Expires         time.Time `json:"expires"`
	IntervalSeconds int       `json:"interval_seconds"` // shortest time between polls
}

// PollRequest asks whether somebody has decided yet.
type PollRequest struct {
	DeviceCode string `json:"device_code"`
}

// The states of a claim.
const (
	ClaimPending  = "pending"
	ClaimApproved = "approved"
	ClaimDenied   = "denied"
	ClaimExpired  = "expired"
)

// PollReply tells the claim's state.
type PollReply struct {
	State string `json:"state"`
}

// CertificateRequest fetches the certificate of an approved claim. Asking again
// with the same key gives a certificate again, so that a tablet whose power was
// cut between answer and disk is not lost.
type CertificateRequest struct {
	DeviceCode string `json:"device_code"`
	CSR        []byte `json:"csr"` // PKCS #10, DER, signed by the claim's key
}

// RenewRequest asks for a certificate for a new key.
type RenewRequest struct {
	CSR []byte `json:"csr"` // PKCS #10, DER, signed by the new key
}

// CertificateReply is everything that an activated tablet needs to connect.
type CertificateReply struct {
	Certificate []byte    `json:"certificate"` // DER; common name = device id
	Authority   []byte    `json:"authority"`   // DER; the CA that signs tablets and edges
	Device      string    `json:"device"`
	Org         string    `json:"org"`
	Site        string    `json:"site"`
	Name        string    `json:"name"`
	SiteName    string    `json:"site_name"`
	MQTT        []string  `json:"mqtt"` // "host:port", each with TLS
	CardKey     []byte    `json:"card_key"`
	TimeZone    string    `json:"time_zone"`
	Language    string    `json:"language"`
	NotAfter    time.Time `json:"not_after"`
	RenewAfter  time.Time `json:"renew_after"` // two thirds of its life
}

// Problem is the body of every refusal (RFC 9457, application/problem+json).
// Code is stable, for the tablet to put into the person's own words.
type Problem struct {
	Type   string `json:"type,omitempty"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code,omitempty"`
}

// The codes of refusals on the device address.
const (
	CodeUnknownCode   = "unknown-code"   // no such activation or device code
	CodeExpiredCode   = "expired-code"   // it was good once
	CodeUsedCode      = "used-code"      // it has been used
	CodeTooMany       = "too-many"       // wait, then try again
	CodeNotApproved   = "not-approved"   // nobody has approved it yet
	CodeDenied        = "denied"         // a manager said no
	CodeBadRequest    = "bad-request"    // the request is not well formed
	CodeWrongKey      = "wrong-key"      // the CSR is not for the claim's key
	CodeRevoked       = "revoked"        // this tablet has been revoked
	CodeNoCertificate = "no-certificate" // renewal needs the current certificate
	CodeInternal      = "internal"       // the cloud's own fault
)
