package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"muster/invite"
)

// keepTexts keeps what an order says in place of the organisation's texts.
func (t *tx) keepTexts(ctx context.Context, id invite.BatchID, texts map[invite.TemplateKey]invite.Template) error {
	for k, text := range texts {
		_, err := t.ExecContext(ctx, `INSERT INTO batch_texts (batch, kind, channel, language, subject, body) VALUES (?, ?, ?, ?, ?, ?)`,
			id, k.Event, k.Channel, k.Language, text.Subject, text.Body)
		if err != nil {
			return fmt.Errorf("keep an order's text: %w", err)
		}
	}
	return nil
}

// addTexts gives messages the texts of their orders; batches says whose each is.
func (t *tx) addTexts(ctx context.Context, jobs []invite.Job, batches []invite.BatchID) error {
	of := slices.Compact(slices.Sorted(slices.Values(batches)))
	of = slices.DeleteFunc(of, func(b invite.BatchID) bool { return b == "" })
	if len(of) == 0 {
		return nil
	}
	texts := map[invite.BatchID]map[invite.TemplateKey]invite.Template{}
	_, err := collect(ctx, t, func(r *sql.Rows, _ *struct{}) error {
		var b invite.BatchID
		var k invite.TemplateKey
		var text invite.Template
		if err := r.Scan(&b, &k.Event, &k.Channel, &k.Language, &text.Subject, &text.Body); err != nil {
			return err
		}
		if texts[b] == nil {
			texts[b] = map[invite.TemplateKey]invite.Template{}
		}
		texts[b][k] = text
		return nil
	}, `SELECT batch, kind, channel, language, subject, body FROM batch_texts WHERE batch IN (SELECT value FROM json_each(?))`, list(of))
	if err != nil {
		return fmt.Errorf("read the texts of orders: %w", err)
	}
	for i, b := range batches {
		jobs[i].Texts = texts[b]
	}
	return nil
}
