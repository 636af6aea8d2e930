package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
	"unicode"

	"golang.org/x/net/html"

	"muster/access"
	"muster/attendance"
	"muster/cloud/pages"
	"muster/cloud/words/wordstest"
	"muster/device"
	"muster/invite"
)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	t.Parallel()
	wordstest.SayTheSame(t, wordFiles)
}

// spanKeys are said by package words.
var spanKeys = []string{
	"span.seconds", "span.minutes", "span.hours", "span.days", "ago.now", "ago.minutes", "ago.hours", "ago.days",
}

// Keys that are put together while the program runs, from a list that is
// somebody else's.
func composedKeys() []string {
	keys := slices.Concat(approvalKeys(), faceIDKeys(), spanKeys)
	add := func(prefix string, ends ...string) {
		for _, e := range ends {
			keys = append(keys, prefix+e)
		}
	}
	roles := []string{string(access.OrgAdmin), string(access.SiteManager), string(access.Viewer)}
	add("role.", roles...)
	add("role.text.", roles...)
	add("site.", "offline.allowed", "offline.approval", "offline.refused", "offline-text.allowed", "offline-text.approval", "offline-text.refused")
	add("language.", attendance.Languages...)
	add("language.own.", attendance.Languages...)
	add("token.life.", tokenLives...)
	add("token.scope.", keysOf(access.Scopes)...)
	add("audit.via.", access.ViaConsole, access.ViaAPI, access.ViaTablet, access.ViaOperator)
	add("audit.action.", auditActions()...)
	for _, l := range exports {
		keys = append(append(keys, l.title), l.titles...)
	}
	for _, w := range invite.Ways {
		add("membership.way.", string(w))
		add("guide."+string(w)+".", "what", "one", "two", "three")
	}
	for _, l := range invite.LicenceTypes {
		add("membership.type.", string(l))
	}
	for _, f := range fitNames {
		add("membership.fit.", f)
	}
	for _, w := range invite.LicenceWarnings {
		add("licence."+string(w), "", ".mend")
	}
	add("operator.effect.", "type", "seats", "until", "over-now", "closed", "opened", "stays", "noted")
	add("membership.life.", "7", "30", "90", "0")
	add("problem.", "public-mail", "no-record", "wrong-code", "code-over", "domain-taken", "not-a-count", string(invite.NoSeat), string(invite.LicenceOver), string(invite.WayClosed))
	for _, r := range []attendance.Reason{
		attendance.UnknownCard, attendance.BlockedCard, attendance.BlockedPerson, attendance.RandomCard, attendance.HeldCard, attendance.Unreadable,
		attendance.TooSoon, attendance.StorageFull, attendance.StorageFault, attendance.NotReady, attendance.NoLine, attendance.Locked,
	} {
		add("reason.", string(r))
	}
	for _, s := range []device.ReaderState{device.ReaderReady, device.ReaderStarting, device.ReaderMissing, device.ReaderFailing} {
		add("reader.", string(s))
	}
	add("capture.why.", string(attendance.RandomCard), string(attendance.Unreadable), string(attendance.HeldCard), "other")
	add("clock.", trustKey(attendance.TrustStepped.String()), trustKey(attendance.TrustNone.String()))
	add("tablet.mend.", "never", "silent", "locked", "reader-missing", "reader-failing", "waiting", "clock", "disk", "expired", "expires", "behind", "skipped")
	for _, a := range []device.AlarmKind{device.AlarmClone, device.AlarmChain, device.AlarmBackwards, device.AlarmTwins, device.AlarmLost, device.AlarmSalvaged} {
		add("tablet.mend.", string(a))
		add("tablet.problem.", string(a))
	}
	add("problem.", access.Required, access.TooShort, access.TooLong, access.TooBig, access.Malformed, access.Unknown, access.UnknownZone,
		access.Taken, access.TakenElsewhere, access.OutOfRange, access.Guessable, access.OneCharacter, access.RandomNumber, access.LastAdmin, access.NotAPhoto, access.Weak, access.HEIC,
		access.NotAnExport, access.BadSignature, access.OtherTablet,
		"malformed-uid", "promised-card", "wrong-password", "other")
	for _, err := range []error{
		access.ErrNotFound, pages.ErrCrossOrigin, access.ErrForbidden, access.ErrExpired, access.ErrTooMany, access.ErrUnavailable, access.ErrConflict, errTooLarge, pages.ErrBadForm, os.ErrClosed,
	} {
		add("problem.page."+problemOf(err).Key, ".title", ".text")
	}
	for reason, mend := range remedies {
		add("quarantine.why.", reason)
		add("quarantine.mend.", mend)
	}
	add("quarantine.why.", "other")
	add("quarantine.mend.", "other")
	add("quarantine.became.", string(attendance.Assigned), string(attendance.Dismissed), string(attendance.Reprocessed), string(attendance.ToldAgain))
	add("invitation.status.", "all", "to-come")
	for _, s := range invite.Statuses {
		add("invitation.status.", string(s))
		add("invitation.stands.", string(s))
	}
	for _, r := range reachables {
		add("invitation.reach.", string(r))
	}
	for _, r := range invite.Reasons {
		add("invitation.reason.", string(r))
	}
	for _, d := range invite.Deliveries {
		add("invitation.delivery.", string(d))
	}
	for _, c := range []invite.Channel{invite.Email, invite.SMS, invite.Handout} {
		add("invitation.channel.", string(c))
	}
	for _, o := range []invite.Obstacle{
		invite.NotMember, invite.NotPossible, invite.ChasedAlready, invite.CameTooLate, invite.WaitsAlready,
		invite.Obstacle(invite.NoContact), invite.Obstacle(invite.EmailOnly), invite.Obstacle(invite.NotConfigured), invite.Obstacle(invite.AddressBlocked),
	} {
		add("invitation.obstacle.", string(o))
	}
	addLetterKeys(add)
	for _, m := range invite.Memberships {
		add("belonging.", string(m))
		add("belonging.text.", string(m))
	}
	add("belonging.how.", "new", "at-once", "self", "invitation")
	for _, c := range []invite.Channel{invite.Email, invite.SMS} {
		add("invitation.outage.", string(c), "refused."+string(c))
	}
	for step := range accountSteps {
		add("account-step."+step+".", "heading", "effect", "then", "button", "done")
	}
	keys = append(keys, intakeKeys()...)
	add("problem.", string(invite.BadAddress), string(invite.BadNumber), string(invite.NoCountryCode))
	for i := range 7 {
		add("date.weekday.", strconv.Itoa(i))
	}
	for i := range 12 {
		add("date.month.", strconv.Itoa(i+1))
		add("date.month.short.", strconv.Itoa(i+1))
	}
	return keys
}

// templateTrees parses every template and calls f with it.
func templateTrees(t *testing.T, f func(file string, tree *parse.Tree)) {
	t.Helper()
	names := map[string]any{}
	for name := range functions(nil, &assets{}) {
		names[name] = func() {}
	}
	for _, name := range []string{"eq", "ne", "gt", "ge", "and", "or", "not", "print", "len", "dict"} {
		names[name] = func() {}
	}
	err := fs.WalkDir(templateFiles, "templates", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := templateFiles.ReadFile(file)
		if err != nil {
			return err
		}
		trees, err := parse.Parse(file, string(b), "", "", names)
		if err != nil {
			return err
		}
		for _, tree := range trees {
			f(file, tree)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// usedInTemplates finds the constant first argument of each call of a function.
func usedInTemplates(t *testing.T, functions ...string) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	call := regexp.MustCompile(`[ ({](` + strings.Join(functions, "|") + `) "([^"]+)"`)
	templateTrees(t, func(_ string, tree *parse.Tree) {
		for _, m := range call.FindAllStringSubmatch(tree.Root.String(), -1) {
			used[m[2]] = true
		}
	})
	return used
}

// literals are all constant texts of the package's Go files.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil {
					all[s] = true
				}
			}
			return true
		})
	}
	return all
}

func TestNoMessageIsMissingOrIdle(t *testing.T) {
	t.Parallel()
	english := wordstest.Messages(t, wordFiles, "en")
	used := usedInTemplates(t, "t", "n")
	for _, key := range composedKeys() {
		used[key] = true
	}
	pages, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	ownTitle := []string{"tenant", "site", "user", "employee", "device", "confirm", "quarantined"}
	for _, p := range pages {
		if name := strings.TrimSuffix(filepath.Base(p), ".html"); !slices.Contains(ownTitle, name) {
			used["title."+name] = true
		}
	}
	for key := range used {
		if strings.HasSuffix(key, ".") {
			continue // a prefix; composedKeys has the rest
		}
		if _, ok := english[key]; !ok {
			t.Errorf("nobody can say %q", key)
		}
	}
	inGo := literals(t)
	for key := range english {
		if !used[key] && !inGo[key] {
			t.Errorf("%q is never said", key)
		}
	}
	// What Go code says: every text that looks like a key must be one.
	key := regexp.MustCompile(`^(login|setup|password|activate|photo|card|capture|employee|site|tablet|token|user|account|overview|log|quarantine|span|ago|size)\.[a-z.-]+[a-z]$`)
	for text := range inGo {
		if _, ok := english[text]; key.MatchString(text) && !ok && !strings.HasSuffix(text, ".html") {
			t.Errorf("Go code says %q, which nobody can", text)
		}
	}
}

// A word in a template would be the same in every language.
func TestTemplatesHoldNoWords(t *testing.T) {
	t.Parallel()
	allowed := []string{"Muster"}
	spoken := []string{"title", "alt", "aria-label", "placeholder"}
	check := func(file, where, text string) {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if !slices.Contains(allowed, word) {
				t.Errorf("%s: %q %s is in no language", file, word, where)
			}
		}
	}
	templateTrees(t, func(file string, tree *parse.Tree) {
		var b strings.Builder
		source(&b, tree.Root)
		tokens := html.NewTokenizer(strings.NewReader(b.String()))
		for {
			switch tokens.Next() {
			case html.ErrorToken:
				return
			case html.TextToken:
				check(file, "as text", string(tokens.Text()))
			case html.StartTagToken, html.SelfClosingTagToken:
				for _, a := range tokens.Token().Attr {
					if slices.Contains(spoken, a.Key) {
						check(file, "in "+a.Key, a.Val)
					}
				}
			}
		}
	})
}

// source writes a template's own text, with what it fills in left out.
func source(b *strings.Builder, n parse.Node) {
	switch n := n.(type) {
	case *parse.TextNode:
		b.Write(n.Text)
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			source(b, child)
		}
	case *parse.IfNode:
		source(b, n.List)
		source(b, n.ElseList)
	case *parse.WithNode:
		source(b, n.List)
		source(b, n.ElseList)
	case *parse.RangeNode:
		source(b, n.List)
		source(b, n.ElseList)
	}
}

func TestIconsAreThoseThatAreDrawn(t *testing.T) {
	t.Parallel()
	list, err := assetFiles.ReadFile("assets/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	own, others, _ := strings.Cut(string(list), "# Drawn by the employee portal.") // whose tests look at those
	for line := range strings.Lines(own) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			listed = append(listed, line)
		}
	}
	drawn := usedInTemplates(t, "icon", `"icon"`, `"actionicon"`)
	for name := range drawn {
		if !slices.Contains(listed, name) && !slices.Contains(strings.Fields(others), name) {
			t.Errorf("%q is drawn and not in icons.txt", name)
		}
	}
	for _, name := range listed {
		if !drawn[name] {
			t.Errorf("%q is in icons.txt and never drawn", name)
		}
	}
}
