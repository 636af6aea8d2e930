package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"muster/access"
	"muster/attendance"
)

// Moved says what was copied of one organisation.
type Moved struct {
	Organisation attendance.Organisation
	Tables       []MovedTable
	Streams      int      // journals whose chain was checked
	Breaks       []string // where a chain is broken, at the source as well
}

// MovedTable is one table of it. Hash is over the rows in the order of their
// keys, and the same at both ends.
type MovedTable struct {
	Name string
	Rows int
	Hash [sha256.Size]byte
}

// part is what a table holds of one organisation. Its only argument is the
// organisation's id.
type part struct {
	table  string
	of     string // the condition
	order  string // a key
	number string // a column that the target numbers itself
}

// parts lists the tables in an order in which each row finds what it points at.
// Not among them: sessions and failed logins (everybody signs in again), secrets
// (the installation's, see moveSecrets), what belongs to no organisation yet, and
// punch_arrivals, which each database counts by itself.
var parts = []part{
	{table: "orgs", of: `id = ?`, order: `id`},
	{table: "sites", of: `org = ?`, order: `id`},
	{table: "users", of: `org = ?`, order: `id`},
	{table: "user_sites", of: `user_id IN (SELECT id FROM users WHERE org = ?)`, order: `user_id, site`},
	{table: "tokens", of: `org = ?`, order: `hash`},
	{table: "profiles", of: `org = ?`, order: `id`},
	{table: "profile_sites", of: `profile IN (SELECT id FROM profiles WHERE org = ?)`, order: `profile, site`},
	{table: "photos", of: `org = ?`, order: `id`},
	{table: "cards", of: `org = ?`, order: `card, profile, from_at`},
	{table: "face_ids", of: `org = ?`, order: `profile`},
	{table: "face_pictures", of: `org = ?`, order: `id`},
	{table: "face_purges", of: `org = ?`, order: `id`},
	{table: "devices", of: `org = ?`, order: `id`},
	{table: "claims", of: `org = ?`, order: `id`},
	{table: "certificates", of: `device IN (SELECT id FROM devices WHERE org = ?)`, order: `serial`},
	{table: "commands", of: `org = ?`, order: `id`},
	{table: "raw_rows", of: `org = ?`, order: `device, stream, seq`},
	{table: "streams", of: `device IN (SELECT id FROM devices WHERE org = ?)`, order: `device, stream`},
	{table: "redatings", of: `org = ?`, order: `device, stream`},
	{table: "quarantine", of: `org = ?`, order: `id`, number: "id"},
	{table: "punches", of: `org = ?`, order: `id`},
	{table: "refusals", of: `org = ?`, order: `id`},
	{table: "feed", of: `site IN (SELECT id FROM sites WHERE org = ?)`, order: `site, version`},
	{table: "feed_terms", of: `site IN (SELECT id FROM sites WHERE org = ?)`, order: `site, since`},
	{table: "batches", of: `org = ?`, order: `id`},
	{table: "batch_refusals", of: `batch IN (SELECT id FROM batches WHERE org = ?)`, order: `batch, profile`},
	{table: "batch_texts", of: `batch IN (SELECT id FROM batches WHERE org = ?)`, order: `batch, kind, channel, language`},
	{table: "messages", of: `org = ?`, order: `id`},
	{table: "blocks", of: `org = ?`, order: `address`},
	{table: "accounts", of: `org = ?`, order: `profile`},
	{table: "contact_changes", of: `org = ?`, order: `id`},
	{table: "policies", of: `org = ?`, order: `org`},
	{table: "licences", of: `org = ?`, order: `org`},
	{table: "ways", of: `org = ?`, order: `way`},
	{table: "domains", of: `org = ?`, order: `domain`},
	{table: "units", of: `org = ?`, order: `name`},
	{table: "directory_people", of: `org = ?`, order: `profile`},
	{table: "directory_groups", of: `org = ?`, order: `id`},
	{table: "directory_members", of: `unit IN (SELECT id FROM directory_groups WHERE org = ?)`, order: `unit, profile`},
	{table: "join_codes", of: `org = ?`, order: `way`},
	{table: "entries", of: `org = ?`, order: `id`},
	{table: "notices", of: `org = ?`, order: `kind, subject`},
	{table: "templates", of: `org = ?`, order: `kind, channel, language`},
	{table: "letterheads", of: `org = ?`, order: `org`},
	{table: "repeats", of: `org = ?`, order: `id`},
	{table: "intakes", of: `org = ?`, order: `id`},
	{table: "intake_files", of: `intake IN (SELECT id FROM intakes WHERE org = ?)`, order: `intake`},
	{table: "intake_rows", of: `intake IN (SELECT id FROM intakes WHERE org = ?)`, order: `intake, line`},
	{table: "audit", of: `org = ?`, order: `id`, number: "id"},
}

// Move copies organisations, all where none is named, into another store whose
// schema is the same, and compares what has arrived with what was there. It
// happens whole or not at all. An organisation that
// the target has already is ErrConflict; so are other tablets' certificates than
// this installation's. Nobody can write here meanwhile;
// afterwards this store takes in nothing more of what was moved, and lets nobody
// change it.
func (s *Store) Move(ctx context.Context, to *Store, only ...attendance.OrgID) (moved []Moved, err error) {
	leave, err := s.depart(ctx)
	if err != nil {
		return nil, err
	}
	defer leave.rollback()
	err = s.view(ctx, func(from querier) error {
		orgs, err := chosen(ctx, from, only)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			if err := here(ctx, from, o.ID); errors.Is(err, errDeparted) {
				return fmt.Errorf("move %s: it was moved to another database already; to have it here again see \"muster-cloud restored --take-back\": %w", o.Name, access.ErrConflict)
			} else if err != nil {
				return fmt.Errorf("move %s: %w", o.Name, err)
			}
		}
		return to.changeLocked(ctx, func(t *tx) error {
			moved = moved[:0]
			if err := moveSecrets(ctx, from, t); err != nil {
				return err
			}
			for _, o := range orgs {
				m, err := moveOrg(ctx, from, t, o)
				if err != nil {
					return fmt.Errorf("move %s: %w", o.Name, err)
				}
				moved = append(moved, m)
			}
			return leave.sign(ctx, orgs)
		})
	})
	if err != nil {
		return nil, err
	}
	return moved, nil
}

func chosen(ctx context.Context, from querier, only []attendance.OrgID) ([]attendance.Organisation, error) {
	w := &where{sql: ` WHERE 1 = 1`}
	if len(only) > 0 {
		w.and(`id IN (SELECT value FROM json_each(?))`, list(only))
	}
	orgs, err := collect(ctx, from, func(r *sql.Rows, o *attendance.Organisation) error { return r.Scan(&o.ID, &o.Name) },
		`SELECT id, name FROM orgs`+w.sql+` ORDER BY id`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("look up organisations: %w", err)
	}
	if len(orgs) == 0 || len(only) > 0 && len(orgs) != len(only) {
		return nil, fmt.Errorf("look up organisations: %d of %d are there: %w", len(orgs), len(only), access.ErrNotFound)
	}
	return orgs, nil
}

// moveSecrets gives a new installation the secrets of the old one: the tablets
// trust its certificate authority. One that has its own can't take them over.
func moveSecrets(ctx context.Context, from querier, t *tx) error {
	type secret struct {
		name  string
		value []byte
	}
	secrets, err := collect(ctx, from, func(r *sql.Rows, s *secret) error { return r.Scan(&s.name, &s.value) }, `SELECT name, value FROM secrets ORDER BY name`)
	if err != nil {
		return fmt.Errorf("move secrets: %w", err)
	}
	for _, s := range secrets {
		var there []byte
		err := known(t.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, s.name).Scan(&there))
		switch {
		case isNotFound(err):
			_, err = t.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES (?, ?)`, s.name, s.value)
		case err == nil && string(there) != string(s.value) && s.name != restoredSecret:
			err = fmt.Errorf("the target has a secret %q of its own, so it is not new, and the tablets would not trust it: %w", s.name, access.ErrConflict)
		}
		if err != nil {
			return fmt.Errorf("move secrets: %w", err)
		}
	}
	return nil
}

func moveOrg(ctx context.Context, from querier, t *tx, o attendance.Organisation) (Moved, error) {
	m := Moved{Organisation: o}
	var there bool
	if err := t.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM orgs WHERE id = ?)`, o.ID).Scan(&there); err != nil {
		return m, err
	}
	if there {
		return m, fmt.Errorf("the target has it already: %w", access.ErrConflict)
	}
	for _, p := range parts {
		here, err := p.move(ctx, from, t, o.ID)
		if err != nil {
			return m, fmt.Errorf("%s: %w", p.table, err)
		}
		m.Tables = append(m.Tables, here)
	}
	// Only now: a trigger or a default could have changed what was written.
	for i, p := range parts {
		arrived, err := p.read(ctx, t, o.ID, nil)
		if err != nil {
			return m, fmt.Errorf("%s: compare: %w", p.table, err)
		}
		if arrived != m.Tables[i] {
			return m, fmt.Errorf("%s: %d rows arrived as %d rows, or changed on the way", p.table, m.Tables[i].Rows, arrived.Rows)
		}
	}
	var err error
	m.Streams, m.Breaks, err = chains(ctx, t, o.ID)
	return m, err
}

// columns returns a table's columns but the one that the target numbers, and
// which of them hold truth.
func (p part) columns(ctx context.Context, q querier) (names []string, truth map[string]bool, err error) {
	rows, err := q.QueryContext(ctx, `SELECT * FROM `+p.table+` LIMIT 0`)
	if err != nil {
		return nil, nil, err
	}
	types, err := rows.ColumnTypes()
	if err = errors.Join(err, rows.Close()); err != nil {
		return nil, nil, err
	}
	truth = map[string]bool{}
	for _, c := range types {
		if c.Name() != p.number {
			names = append(names, c.Name())
			truth[c.Name()] = c.DatabaseTypeName() == "BOOL"
		}
	}
	return names, truth, nil
}

// moveBatch is how many rows go to a database at once that takes them in bulk.
const moveBatch = 5000

// move copies the part and returns what it was.
func (p part) move(ctx context.Context, from querier, t *tx, org attendance.OrgID) (MovedTable, error) {
	names, truth, err := p.columns(ctx, t)
	if err != nil {
		return MovedTable{}, err
	}
	put, flush, err := p.writer(ctx, t, names)
	if err != nil {
		return MovedTable{}, err
	}
	var places []int // of the target's columns among the source's
	moved, err := p.read(ctx, from, org, func(columns []string, values []any) error {
		if places == nil {
			if places, err = placesOf(names, columns); err != nil {
				return err
			}
		}
		row := make([]any, len(names))
		for i, n := range names {
			v := values[places[i]]
			if number, isNumber := v.(int64); isNumber && truth[n] {
				v = number != 0
			}
			row[i] = v
		}
		return put(row)
	})
	return moved, errors.Join(err, flush(err == nil))
}

func placesOf(names, columns []string) ([]int, error) {
	if len(columns) != len(names) {
		return nil, fmt.Errorf("it has the columns %v here and %v there", columns, names)
	}
	places := make([]int, len(names))
	for i, n := range names {
		if places[i] = slices.Index(columns, n); places[i] < 0 {
			return nil, fmt.Errorf("it has no column %s here", n)
		}
	}
	return places, nil
}

// writer returns what puts rows into the part's table, and what ends it: with what
// is still on its way, if that is to arrive.
func (p part) writer(ctx context.Context, t *tx, columns []string) (put func([]any) error, flush func(whole bool) error, err error) {
	if t.bulk() {
		b := bulkRows{table: p.table, columns: columns}
		flush := func(whole bool) error {
			if !whole {
				return nil
			}
			err := b.write(ctx, t.conn)
			b.rows = b.rows[:0]
			return err
		}
		return func(row []any) error {
			if b.rows = append(b.rows, row); len(b.rows) < moveBatch {
				return nil
			}
			return flush(true)
		}, flush, nil
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	insert, err := t.prepare(ctx, `INSERT INTO `+p.table+` (`+strings.Join(columns, ", ")+`) VALUES (`+marks+`)`)
	if err != nil {
		return nil, nil, err
	}
	return func(row []any) error {
		_, err := insert.ExecContext(ctx, row...)
		return t.explain(err)
	}, func(bool) error { return insert.Close() }, nil
}

// read goes through the part in the order of its key.
func (p part) read(ctx context.Context, q querier, org attendance.OrgID, each func(columns []string, values []any) error) (_ MovedTable, err error) {
	out := MovedTable{Name: p.table}
	columns, _, err := p.columns(ctx, q)
	if err != nil {
		return out, err
	}
	// By name: two databases may have grown their columns in another order.
	sorted := sortedCopy(columns)
	rows, err := q.QueryContext(ctx, `SELECT `+strings.Join(sorted, ", ")+` FROM `+p.table+` WHERE `+p.of+` ORDER BY `+p.order, org)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	sum := sha256.New()
	values, into := make([]any, len(sorted)), make([]any, len(sorted))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return out, err
		}
		for _, v := range values {
			if err := addTo(sum, v); err != nil {
				return out, err
			}
		}
		out.Rows++
		if each != nil {
			if err := each(sorted, values); err != nil {
				return out, err
			}
		}
	}
	sum.Sum(out.Hash[:0])
	return out, rows.Err()
}

// addTo adds a value to a hash so that no two rows look alike: its kind, its
// length, itself. Truth is a number, as SQLite keeps it.
func addTo(sum hash.Hash, v any) error {
	var head [9]byte
	set := func(kind byte, n uint64) {
		head[0] = kind
		binary.BigEndian.PutUint64(head[1:], n)
		sum.Write(head[:])
	}
	switch v := v.(type) {
	case nil:
		set('0', 0)
	case int64:
		set('i', uint64(v)) //nolint:gosec // its bits
	case bool:
		set('i', map[bool]uint64{true: 1}[v])
	case float64:
		set('f', math.Float64bits(v))
	case string:
		set('s', uint64(len(v)))
		sum.Write([]byte(v))
	case []byte:
		set('b', uint64(len(v)))
		sum.Write(v)
	default:
		return fmt.Errorf("a value of type %T", v)
	}
	return nil
}
