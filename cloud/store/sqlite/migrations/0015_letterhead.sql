-- What messages of an organisation look like, and what one order says in place of
-- the organisation's texts.

-- +goose Up
CREATE TABLE letterheads (
  org        TEXT PRIMARY KEY REFERENCES orgs (id),
  sender     TEXT NOT NULL DEFAULT '',     -- the name that messages come from; empty: the organisation's
  reply_to   TEXT NOT NULL DEFAULT '',     -- an email address
  logo       TEXT NOT NULL DEFAULT '',     -- SHA-256 of picture in hex; empty: none
  picture    BLOB,                         -- PNG
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX letterheads_by_logo ON letterheads (logo) WHERE logo != '';

CREATE TABLE batch_texts (
  batch    TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  kind     TEXT NOT NULL,                  -- 'invite', 'chase'
  channel  TEXT NOT NULL,
  language TEXT NOT NULL,
  subject  TEXT NOT NULL DEFAULT '',
  body     TEXT NOT NULL,
  PRIMARY KEY (batch, kind, channel, language)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE batch_texts;
DROP TABLE letterheads;
