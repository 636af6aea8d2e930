-- What messages of an organisation look like, and what one order says in place of
-- the organisation's texts.

-- +goose Up
CREATE TABLE letterheads (
  org        TEXT COLLATE "C" PRIMARY KEY REFERENCES orgs (id),
  sender     TEXT COLLATE "C" NOT NULL DEFAULT '',     -- the name that messages come from; empty: the organisation's
  reply_to   TEXT COLLATE "C" NOT NULL DEFAULT '',     -- an email address
  logo       TEXT COLLATE "C" NOT NULL DEFAULT '',     -- SHA-256 of picture in hex; empty: none
  picture    BYTEA,                                    -- PNG
  changed_at BIGINT  NOT NULL
);
CREATE INDEX letterheads_by_logo ON letterheads (logo) WHERE logo != '';

CREATE TABLE batch_texts (
  batch    TEXT COLLATE "C" NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  kind     TEXT COLLATE "C" NOT NULL,                  -- 'invite', 'chase'
  channel  TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  subject  TEXT COLLATE "C" NOT NULL DEFAULT '',
  body     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (batch, kind, channel, language)
);

-- +goose Down
DROP TABLE batch_texts;
DROP TABLE letterheads;
