package notify

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/invite"
)

// longestDetail is how much of a provider's words is kept, in bytes.
const longestDetail = 500

// detail makes words from outside fit for an admin's screen and a log: one line of
// valid UTF-8, no control or invisible formatting characters, at most 500 bytes.
func detail(s string) string {
	if len(s) > 4*longestDetail {
		s = s[:4*longestDetail]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return -1
		default:
			return r
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > longestDetail {
		s = s[:longestDetail]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// stopped tells that it was the caller who gave up, and gives his error.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// unknown is the error of a message that its provider may have taken, or not.
func unknown(err error) *invite.Undeliverable {
	return &invite.Undeliverable{Reason: invite.PerhapsSent, Detail: "the provider's answer did not come: " + detail(err.Error()), Unknown: true, Err: err}
}

// down is the error of a provider that can't be reached for anybody.
func down(err error) *invite.Undeliverable {
	return &invite.Undeliverable{Reason: invite.ProviderDown, Detail: detail(err.Error()), Everybody: true, Err: err}
}

// account is the error of a provider that refuses the account: somebody must
// repair the settings. Trying again later may well help then.
func account(words string, err error) *invite.Undeliverable {
	return &invite.Undeliverable{Reason: invite.ProviderRefused, Detail: detail(words), Everybody: true, Err: err}
}
