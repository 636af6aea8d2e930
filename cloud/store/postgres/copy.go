package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Copy puts rows into a table by COPY, the cheapest way there is: one row that
// can't be there and none of them is, and the transaction that on is in has
// failed. Values are nil, string for TEXT, []byte for BYTEA, int64 for BIGINT,
// and bool.
func (db *DB) Copy(ctx context.Context, on *sql.Conn, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	body, err := encode(rows)
	if err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = pgx.Identifier{c}.Sanitize()
	}
	query := `COPY ` + pgx.Identifier{table}.Sanitize() + ` (` + strings.Join(names, ", ") + `) FROM STDIN (FORMAT binary)`
	return on.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("it is no connection of this package")
		}
		_, err := c.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(body), query)
		return err
	})
}

// signature begins every binary copy; flags and the header's extension, which are
// none, follow. PostgreSQL's manual describes the form at COPY.
const signature = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

func encode(rows [][]any) ([]byte, error) {
	b := make([]byte, 0, len(signature)+len(rows)*640)
	b = append(b, signature...)
	number := binary.BigEndian.AppendUint32
	for _, row := range rows {
		b = binary.BigEndian.AppendUint16(b, uint16(len(row))) //nolint:gosec // a table has at most 1600 columns
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				b = number(b, 1<<32-1)
			case string:
				b = append(number(b, uint32(len(v))), v...) //nolint:gosec // the server takes no gigabytes
			case []byte:
				b = append(number(b, uint32(len(v))), v...) //nolint:gosec // the server takes no gigabytes
			case int64:
				b = binary.BigEndian.AppendUint64(number(b, 8), uint64(v)) //nolint:gosec // its bits
			case bool:
				b = append(number(b, 1), map[bool]byte{true: 1}[v])
			default:
				return nil, fmt.Errorf("a value of type %T", v)
			}
		}
	}
	return binary.BigEndian.AppendUint16(b, 1<<16-1), nil
}
