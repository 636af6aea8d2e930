package layers_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tests that hold each rule into docs/rules.md")

var (
	ruleOfTest = regexp.MustCompile(`^Test((?:[A-Z][1-9][0-9]*)+)(?:[A-Z]|$)`)
	ruleID     = regexp.MustCompile(`[A-Z][1-9][0-9]*`)
	namedTest  = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
)

// ruleRow is a line of the table in docs/rules.md.
type ruleRow struct {
	id, line string
	tests    []string
	weaker   bool
}

// rulesDoc reads the table: its rows by their place in the file, and all lines.
func rulesDoc(t *testing.T) (rows map[int]ruleRow, lines []string) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, lines = map[int]ruleRow{}, strings.Split(string(src), "\n")
	seen := map[string]bool{}
	for i, line := range lines {
		cells := strings.Split(line, "|")
		if len(cells) < 3 || !regexp.MustCompile(`^[A-Z][1-9][0-9]*$`).MatchString(strings.TrimSpace(cells[1])) {
			continue
		}
		if len(cells) != 6 {
			t.Fatalf("docs/rules.md:%d has %d cells", i+1, len(cells)-2)
		}
		r := ruleRow{id: strings.TrimSpace(cells[1]), line: line, weaker: strings.Contains(cells[2], "**Not yet")}
		for _, m := range namedTest.FindAllStringSubmatch(cells[4], -1) {
			r.tests = append(r.tests, m[1])
		}
		if seen[r.id] {
			t.Errorf("%s stands twice in docs/rules.md", r.id)
		}
		seen[r.id], rows[i] = true, r
	}
	return rows, lines
}

// Each rule has tests that bear its id, the table names exactly those, and no test
// bears the id of a rule that nobody has written down. Refresh the table with
// go test ./internal/layers -run TestRulesAreHeld -update.
func TestRulesAreHeld(t *testing.T) {
	t.Parallel()
	held := map[string][]string{}
	for _, f := range read(t) {
		if !f.test {
			continue
		}
		for _, name := range f.tests() {
			m := ruleOfTest.FindStringSubmatch(name)
			if m == nil {
				continue
			}
			for _, id := range ruleID.FindAllString(m[1], -1) {
				held[id] = append(held[id], name)
			}
		}
	}
	rows, lines := rulesDoc(t)
	if len(rows) < 100 {
		t.Fatalf("only %d rules are read", len(rows))
	}
	for i, r := range rows {
		tests := slices.Compact(slices.Sorted(slices.Values(held[r.id])))
		delete(held, r.id)
		if *update {
			lines[i] = strings.Join(append(strings.Split(r.line, "|")[:4], cellOf(tests), ""), "|")
			continue
		}
		if !slices.Equal(tests, r.tests) {
			t.Errorf("%s: docs/rules.md names %v, the source has %v", r.id, r.tests, tests)
		}
		if len(tests) == 0 && !r.weaker {
			t.Errorf("%s: no test holds it", r.id)
		}
	}
	for id, tests := range held {
		t.Errorf("%v: docs/rules.md has no rule %s", tests, id)
	}
	if *update {
		if err := os.WriteFile(filepath.Join("..", "..", "docs", "rules.md"), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func cellOf(tests []string) string {
	if len(tests) == 0 {
		return " — "
	}
	return " `" + strings.Join(tests, "`, `") + "` "
}
