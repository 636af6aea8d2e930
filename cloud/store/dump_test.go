package store

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// dump returns everything in the database as text: two dumps are the same when
// nothing has changed.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	names := func(r *sql.Rows, v *string) error { return r.Scan(v) }
	tables := must(collect(t.Context(), w.read, names, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`))(t)
	var b strings.Builder
	for _, table := range tables {
		rows, err := w.read.QueryContext(t.Context(), `SELECT * FROM "`+table+`"`)
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
