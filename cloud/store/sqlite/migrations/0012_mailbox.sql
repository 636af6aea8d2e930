-- Messages that were not sent, because there is no provider: for somebody to read.

-- +goose Up
CREATE TABLE mailbox (
  id        TEXT PRIMARY KEY,              -- invite.Message.ID
  org       TEXT NOT NULL REFERENCES orgs (id),
  at        INTEGER NOT NULL,
  channel   TEXT NOT NULL,
  recipient TEXT NOT NULL,
  name      TEXT NOT NULL DEFAULT '',
  sender    TEXT NOT NULL DEFAULT '',
  language  TEXT NOT NULL DEFAULT '',
  subject   TEXT NOT NULL DEFAULT '',
  body      TEXT NOT NULL,
  html      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX mailbox_by_time ON mailbox (org, at, id);
CREATE INDEX mailbox_by_age ON mailbox (at);

-- +goose Down
DROP TABLE mailbox;
