package fleet

import (
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"

	"muster/device"
)

// letters are those of a code that people read out and type: no vowels, so that
// no word comes of it, and none that is mistaken for a digit or another letter.
// It is the alphabet of RFC 8628, section 6.1.
const letters = "BCDFGHJKLMNPQRSTVWXZ"

// codeLength gives 20^8 codes, about 2^34.
const codeLength = 8

// newCode draws a code, without hyphen.
func newCode() string {
	var b strings.Builder
	for range codeLength {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // crypto/rand never fails since Go 1.24
		}
		b.WriteByte(letters[n.Int64()])
	}
	return b.String()
}

// parseCode reads a code as somebody typed it: in any case, with hyphens, spaces
// or without.
func parseCode(s string) (code string, ok bool) {
	if len(s) > 4*codeLength {
		return "", false
	}
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "", "\u00a0", "", "\u2010", "", "\u2011", "", "\u2013", "").Replace(s))
	if len(code) != codeLength || strings.Trim(code, letters) != "" {
		return "", false
	}
	return code, true
}

// showCode is the form in which codes are shown: "BCDF-GHJK".
func showCode(code string) string { return code[:codeLength/2] + "-" + code[codeLength/2:] }

// newDeviceCode draws a secret of 256 bits.
func newDeviceCode() string { return rand.Text() + rand.Text() }

func hash(secret string) device.Hash { return sha256.Sum256([]byte(secret)) }
