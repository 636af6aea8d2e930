package notify

import (
	netmail "net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-message"
)

// replyShape is an answer of SMTP as bounces quote it: three digits, then an
// enhanced status, a dash or words.
var replyShape = regexp.MustCompile(`(?:^|[\s:"'(\[<#])([45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}|[A-Za-z<]).*)`)

// statusShape is an enhanced status alone, as some servers quote it.
var statusShape = regexp.MustCompile(`(?:^|[\s(\[#])(5\.\d{1,3}\.\d{1,3}\b.*)`)

// quoted finds the first answer of SMTP in a text for people, with the line after
// it.
func quoted(text string) string {
	lines := strings.SplitAfterN(text, "\n", 2000)
	for _, shape := range []*regexp.Regexp{replyShape, statusShape} {
		for i, l := range lines {
			if len(l) > longestReported {
				l = l[:longestReported]
			}
			m := shape.FindStringSubmatch(strings.TrimRight(l, "\r\n"))
			if m == nil {
				continue
			}
			answer := m[1]
			if i+1 < len(lines) && len(lines[i+1]) < 200 {
				answer += " " + strings.TrimSpace(lines[i+1])
			}
			return answer
		}
	}
	return ""
}

// replyCode gives the three digits that words begin with; 0: none.
func replyCode(words string) int {
	if len(words) < 3 {
		return 0
	}
	code, err := strconv.Atoi(words[:3])
	if err != nil || code < 400 || code > 599 {
		return 0
	}
	return code
}

func dateOf(h *message.Header) (time.Time, error) { return mailDate(h.Get("Date")) }

func mailDate(s string) (time.Time, error) { return netmail.ParseDate(s) }
