package notify

import (
	"regexp"
	"strconv"
	"strings"

	"muster/invite"
)

// verdict is what an answer of SMTP says about one message, at once or in a
// bounce.
type verdict struct {
	reason    invite.Reason
	permanent bool
	everybody bool
}

// enhanced is a status code of RFC 3463; the zero value means none.
type enhanced struct{ class, subject, detail int }

var enhancedShape = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)

func readEnhanced(s string) (enhanced, bool) {
	m := enhancedShape.FindStringSubmatch(s)
	if m == nil {
		return enhanced{}, false
	}
	class, _ := strconv.Atoi(m[1])
	subject, _ := strconv.Atoi(m[2])
	part, _ := strconv.Atoi(m[3])
	return enhanced{class, subject, part}, true
}

// judge reads an answer of three digits (0: none) and its words. An enhanced
// status speaks first, then the words, since servers differ most in plain 550.
func judge(code int, words string) verdict {
	status, known := readEnhanced(words)
	v := verdict{permanent: code >= 500 || code == 0}
	if known {
		v.permanent = status.class == 5
	}
	if code == 421 {
		return verdict{reason: invite.ProviderDown, everybody: true}
	}
	if known && status.class != 2 {
		if by, ok := byStatus(status, words); ok {
			by.permanent = by.permanent && v.permanent
			return by
		}
	}
	by := byWords(words)
	if by.reason == "" {
		by.reason = byCode(code)
	}
	by.permanent = v.permanent && by.reason != invite.ProviderDown && !by.everybody
	return by
}

func byCode(code int) invite.Reason {
	switch code {
	case 501, 513:
		return invite.BadAddress
	case 530, 534, 535, 538:
		return invite.ProviderRefused
	case 552:
		return invite.TooLarge
	case 432, 451, 454:
		return invite.ProviderDown
	default:
		return invite.Refused
	}
}

// byStatus knows the codes of the registry of RFC 5248 that say something clear.
// Those that don't, such as 5.0.0, are left to the words.
func byStatus(s enhanced, words string) (verdict, bool) {
	person := func(r invite.Reason) (verdict, bool) { return verdict{reason: r, permanent: true}, true }
	switch s.subject {
	case 1:
		switch s.detail {
		case 1, 4, 6, 9:
			return person(invite.UnknownMailbox)
		case 2, 10:
			return person(invite.UnknownDomain)
		case 3:
			return person(invite.BadAddress)
		case 7, 8:
			return verdict{reason: invite.ProviderRefused, everybody: true}, true
		}
	case 2:
		switch s.detail {
		case 1:
			return person(invite.UnknownMailbox)
		case 2:
			return person(invite.MailboxFull)
		case 3:
			return person(invite.TooLarge)
		}
	case 3:
		if s.detail == 4 {
			return person(invite.TooLarge)
		}
		if s.class == 4 {
			return verdict{reason: invite.ProviderDown}, true
		}
	case 4:
		if s.detail == 4 && s.class == 5 {
			return person(invite.UnknownDomain)
		}
	case 6:
		if s.detail == 7 {
			return person(invite.BadAddress)
		}
	case 7:
		return byPolicy(s, words)
	}
	return verdict{}, false
}

func byPolicy(s enhanced, words string) (verdict, bool) {
	switch s.detail {
	case 8, 9, 11, 14:
		return verdict{reason: invite.ProviderRefused, everybody: true}, true
	case 13, 17:
		return verdict{reason: invite.UnknownMailbox, permanent: true}, true
	case 18:
		return verdict{reason: invite.UnknownDomain, permanent: true}, true
	}
	if by := byWords(words); by.reason == invite.Spam || by.everybody {
		by.permanent = !by.everybody
		return by, true
	}
	return verdict{reason: invite.Refused, permanent: true}, true
}

var wordings = []struct {
	any       []string
	reason    invite.Reason
	everybody bool
}{
	{[]string{"relay access denied", "relaying denied", "relay not permitted", "unable to relay", "not allowed to relay", "authentication required", "sendasdenied", "sender address rejected: not owned"}, invite.ProviderRefused, true},
	{[]string{"sending limit", "sending quota", "rate limit", "ratelimit", "too many messages", "too many emails", "messages per hour", "hourly limit", "daily limit", "throttl"}, invite.ProviderDown, true},
	{[]string{"mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded", "exceeded storage", "insufficient system storage", "out of storage"}, invite.MailboxFull, false},
	{[]string{"spam", "blacklist", "blocklist", "block list", "dnsbl", "rbl", "reputation", "unsolicited", "listed at", "listed by"}, invite.Spam, false},
	{[]string{"message too large", "message too big", "size limit", "exceeds size", "exceeds the maximum", "exceeds fixed"}, invite.TooLarge, false},
	{[]string{"domain not found", "host not found", "unknown host", "no such domain", "domain does not exist", "unrouteable", "nxdomain", "null mx"}, invite.UnknownDomain, false},
	{[]string{"user unknown", "unknown user", "no such user", "no such recipient", "no such mailbox", "no mailbox", "does not exist", "doesn't exist", "mailbox not found", "mailbox unavailable", "recipient not found", "unknown recipient", "invalid recipient", "invalid mailbox", "account disabled", "account has been disabled", "user not found", "address rejected: unknown", "recipient unknown"}, invite.UnknownMailbox, false},
}

func byWords(words string) verdict {
	words = strings.ToLower(words)
	for _, w := range wordings {
		for _, s := range w.any {
			if strings.Contains(words, s) {
				return verdict{reason: w.reason, everybody: w.everybody}
			}
		}
	}
	return verdict{}
}
