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
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`
	if _, ok := on.(databases); ok {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`
	}
	tables := must(collect(t.Context(), w.read, scanOne[string], query))(t)
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
