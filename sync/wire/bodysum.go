package wire

import (
	"crypto/sha256"

	"muster/device"
)

// MaxBody is how much of something that is no good row is kept, and summed up.
const MaxBody = 64 << 10

// BodySum is what a row is known by that may not be one: the SHA-256 of its message
// as it came, as far as that is kept.
func BodySum(body []byte) device.Hash {
	return sha256.Sum256(body[:min(len(body), MaxBody)])
}
