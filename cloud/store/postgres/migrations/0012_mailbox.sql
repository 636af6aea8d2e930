-- Messages that were not sent, because there is no provider: for somebody to read.

-- +goose Up
CREATE TABLE mailbox (
  id        TEXT COLLATE "C" PRIMARY KEY,              -- invite.Message.ID
  org       TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  at        BIGINT  NOT NULL,
  channel   TEXT COLLATE "C" NOT NULL,
  recipient TEXT COLLATE "C" NOT NULL,
  name      TEXT COLLATE "C" NOT NULL DEFAULT '',
  sender    TEXT COLLATE "C" NOT NULL DEFAULT '',
  language  TEXT COLLATE "C" NOT NULL DEFAULT '',
  subject   TEXT COLLATE "C" NOT NULL DEFAULT '',
  body      TEXT COLLATE "C" NOT NULL,
  html      TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX mailbox_by_time ON mailbox (org, at, id);
CREATE INDEX mailbox_by_age ON mailbox (at);

-- +goose Down
DROP TABLE mailbox;
