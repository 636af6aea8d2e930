package contact

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// trunks are country codes whose numbers read as they stand, and with which digit
// one may begin that is dialled inside the country only.
var trunks = map[string]string{
	"7": "8", "31": "0", "33": "0", "41": "0", "43": "0", "44": "0", "45": "", "46": "0", "47": "", "48": "", "49": "0", "380": "0", "420": "",
}

// direct reads a plus and digits without the library's search for extensions and
// prefixes, which costs more than all else in a long list. It tells false where
// that search could find something, too: then the number isn't wrong yet.
func direct(digits string) (*phonenumbers.PhoneNumber, bool) {
	rest, ok := strings.CutPrefix(digits, "+")
	if !ok {
		return nil, false
	}
	for n := 1; n <= 3 && n < len(rest); n++ {
		trunk, ok := trunks[rest[:n]]
		if !ok {
			continue
		}
		national := rest[n:]
		if national[0] == '0' || trunk != "" && strings.HasPrefix(national, trunk) || len(national) > 15 {
			return nil, false
		}
		code, err1 := strconv.ParseInt(rest[:n], 10, 32)
		number, err2 := strconv.ParseUint(national, 10, 64)
		return &phonenumbers.PhoneNumber{CountryCode: new(int32(code)), NationalNumber: new(number)}, err1 == nil && err2 == nil
	}
	return nil, false
}
