package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// translations keeps what was translated; the store has a few hundred queries.
type translations struct{ sync.Map }

// The store's words, and PostgreSQL's. A list is turned into an array once, for
// which an index can be used.
var words = strings.NewReplacer(
	"NOT IN (SELECT value FROM json_each(?))", "!= ALL (ARRAY(SELECT jsonb_array_elements_text(CAST(? AS jsonb))))",
	"IN (SELECT value FROM json_each(?))", "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(? AS jsonb))))",
	"IN (SELECT CAST(value AS BIGINT) FROM json_each(?))", "= ANY (ARRAY(SELECT CAST(jsonb_array_elements_text(CAST(? AS jsonb)) AS BIGINT)))",
	"json_each(?) /* PAIRS */", "jsonb_each_text(CAST(? AS jsonb))",
	"json_each(?)", "jsonb_array_elements_text(CAST(? AS jsonb)) AS list (value)",
	"CAST(? AS BLOB)", "CAST(? AS BYTEA)",
	"LIKE /* ANY CASE */", "ILIKE",
	"/* FOR UPDATE */", "FOR NO KEY UPDATE",
	"/* FOR UPDATE, WHAT IS FREE */", "FOR NO KEY UPDATE SKIP LOCKED",
)

// Translate puts a query of the store into PostgreSQL's words.
func (db *DB) Translate(query string) string {
	if done, ok := db.said.Load(query); ok {
		return done.(string)
	}
	done := number(words.Replace(query))
	db.said.Store(query, done)
	return done
}

// ServerTime returns the query for the server's own time.
func (db *DB) ServerTime() string {
	return `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)`
}

// number turns question marks into $1, $2, ...; a question mark that has its
// number keeps it. Those within quotes are text.
func number(query string) string {
	var b strings.Builder
	n, quoted := 0, false
	for i := 0; i < len(query); i++ {
		c := query[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c != '?' || quoted {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('$')
		if i+1 < len(query) && query[i+1] >= '0' && query[i+1] <= '9' {
			continue
		}
		n++
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// What PostgreSQL says, by the codes of its manual's appendix A.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	connectionException  = "08" // a class
	outOfResources       = "53" // a class: no memory, no disk, no connection left
	operatorIntervention = "57P"
	readOnly             = "25006" // a former primary
	lockNotAvailable     = "55P03" // waited for lock_timeout
)

// Judge tells a duplicate, which may have come between looking and writing, and
// a transaction that another was in the way of, from a server that is away, on
// its way up or down, or full.
func (db *DB) Judge(err error) (duplicate, again, away bool) {
	var said *pgconn.PgError
	var connecting *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &said):
		switch code := said.Code; {
		case code == uniqueViolation:
			return true, true, false
		case code == serializationFailure, code == deadlockDetected:
			return false, true, false
		case strings.HasPrefix(code, connectionException), strings.HasPrefix(code, outOfResources),
			strings.HasPrefix(code, operatorIntervention), code == readOnly, code == lockNotAvailable:
			return false, false, true
		}
		return false, false, false // a wrong password, no such database: waiting won't help
	case errors.Is(err, context.Canceled):
		return false, false, false
	case errors.As(err, &connecting), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF),
		errors.Is(err, net.ErrClosed), errors.Is(err, driver.ErrBadConn), errors.Is(err, errStandby):
		return false, false, true
	}
	return false, false, false
}
