package postgrestest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Keep notes what is in all tables of a database, under a name, in place of what
// was noted under it before: a backup that is at hand within milliseconds. The
// schema may not change between Keep and Back. The account has to be a superuser's.
func Keep(ctx context.Context, db *sql.DB, name string) error {
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM information_schema.schemata WHERE schema_name = $1`, name).Scan(&there); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if !there {
		if err := makeRoom(ctx, db, name); err != nil {
			return fmt.Errorf("keep: %w", err)
		}
	}
	if _, err := db.ExecContext(ctx, `CALL `+pgx.Identifier{name, "keep"}.Sanitize()+`()`); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}

// Back has a database's tables hold what Keep noted under a name, and nothing else.
func Back(ctx context.Context, db *sql.DB, name string) error {
	if _, err := db.ExecContext(ctx, `CALL `+pgx.Identifier{name, "back"}.Sanitize()+`()`); err != nil {
		return fmt.Errorf("go back to what was kept: %w", err)
	}
	return nil
}

// makeRoom makes a schema with a copy of each table, and what fills the one from
// the other. New numbers then begin behind the greatest that is there, as in a
// database that was restored.
func makeRoom(ctx context.Context, db *sql.DB, name string) error {
	tables, err := strs(ctx, db, `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != 'goose_db_version' ORDER BY tablename`)
	if err != nil {
		return err
	}
	numbered, err := strs(ctx, db, `SELECT quote_ident(table_name) || ' ' || quote_ident(column_name) FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'`)
	if err != nil {
		return err
	}
	room := pgx.Identifier{name}.Sanitize()
	steps := []string{"CREATE SCHEMA " + room}
	var keep, back strings.Builder
	for _, t := range tables {
		t = pgx.Identifier{t}.Sanitize()
		steps = append(steps, "CREATE TABLE "+room+"."+t+" (LIKE public."+t+")")
		keep.WriteString("DELETE FROM " + room + "." + t + "; INSERT INTO " + room + "." + t + " SELECT * FROM public." + t + ";\n")
		back.WriteString("DELETE FROM public." + t + "; INSERT INTO public." + t + " SELECT * FROM " + room + "." + t + ";\n")
	}
	for _, n := range numbered {
		table, column, _ := strings.Cut(n, " ")
		fmt.Fprintf(&back, "PERFORM setval(pg_get_serial_sequence('public.%s', '%s'), (SELECT coalesce(max(%[2]s), 0) + 1 FROM public.%[1]s), false);\n", table, column)
	}
	// As a replica: tables may be append-only, and they point at each other.
	for what, body := range map[string]string{"keep": keep.String(), "back": back.String()} {
		steps = append(steps, "CREATE PROCEDURE "+room+"."+what+"() LANGUAGE plpgsql AS $$ BEGIN\nSET LOCAL session_replication_role = replica;\n"+body+"END $$")
	}
	for _, s := range steps {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func strs(ctx context.Context, db *sql.DB, query string) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // it was only read
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
