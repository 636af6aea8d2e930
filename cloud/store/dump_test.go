package store

import (
	"fmt"
	"strings"
	"testing"
)

// dump returns everything in the database as text: two dumps are the same when
// nothing has changed.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	if _, ok := on.(*databases); ok {
		return w.dumpAtOnce(t)
	}
	tables := must(collect(t.Context(), w.read, scanOne[string], `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`))(t)
	var b strings.Builder
	for _, table := range tables {
		rows, err := w.read.QueryContext(t.Context(), `SELECT * FROM "`+table+`" ORDER BY 1, 2`)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			b.WriteString(table)
			for i, v := range values {
				value := *v.(*any)
				if raw, ok := value.([]byte); ok {
					value = string(raw)
				}
				fmt.Fprintf(&b, "\t%s=%v", columns[i], value)
			}
			b.WriteByte('\n')
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// dumpAtOnce is dump in one question, for a database that is further away.
func (w *world) dumpAtOnce(t *testing.T) string {
	t.Helper()
	tables := must(collect(t.Context(), w.read, scanOne[string], `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`))(t)
	var parts []string
	for _, table := range tables {
		parts = append(parts, fmt.Sprintf("SELECT '%s ' || CAST(%s AS text) AS line FROM %s", table, table, table))
	}
	all := must(collect(t.Context(), w.read, scanOne[string], strings.Join(parts, " UNION ALL ")+" ORDER BY line"))(t)
	return strings.Join(all, "\n")
}
