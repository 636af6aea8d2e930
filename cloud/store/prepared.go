package store

import (
	"context"
	"database/sql"
)

// prepared runs statements inside one transaction and compiles each text once,
// for work that runs the same few thousands of times. The transaction's end
// closes them.
type prepared struct {
	on    speaker
	stmts map[string]*sql.Stmt
}

func prepare(on speaker) *prepared { return &prepared{on: on, stmts: map[string]*sql.Stmt{}} }

func (p *prepared) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := p.stmts[query]; s != nil {
		return s, nil
	}
	s, err := p.on.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	p.stmts[query] = s
	return s, nil
}

// exec returns how many rows were changed.
func (p *prepared) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var res sql.Result
	var err error
	if p.on.bulk() { // such a database's driver keeps statements by itself
		res, err = p.on.ExecContext(ctx, query, args...)
	} else if s, err2 := p.stmt(ctx, query); err2 != nil {
		return 0, err2
	} else if ctx, err = p.on.begins(ctx); err == nil {
		res, err = s.ExecContext(ctx, tidy(args)...)
	}
	if err != nil {
		return 0, p.on.explain(err)
	}
	return res.RowsAffected()
}

// one scans the only row of a query; the error is sql.ErrNoRows where there is none.
func (p *prepared) one(ctx context.Context, query string, args []any, into ...any) error {
	if p.on.bulk() {
		return p.on.QueryRowContext(ctx, query, args...).Scan(into...)
	}
	s, err := p.stmt(ctx, query)
	if err != nil {
		return err
	}
	if ctx, err = p.on.begins(ctx); err != nil {
		return err
	}
	return p.on.explain(s.QueryRowContext(ctx, tidy(args)...).Scan(into...))
}

func (p *prepared) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if p.on.bulk() {
		return p.on.QueryContext(ctx, query, args...)
	}
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	if ctx, err = p.on.begins(ctx); err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, tidy(args)...)
	return rows, p.on.explain(err)
}
