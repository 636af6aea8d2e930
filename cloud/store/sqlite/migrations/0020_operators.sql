-- Who runs the cloud, and people who come in without an account.

-- +goose Up
-- They belong to no organisation, and reach none's people.
CREATE TABLE operators (
  id          TEXT PRIMARY KEY,
  email       TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  language    TEXT NOT NULL DEFAULT '',
  password    TEXT NOT NULL DEFAULT '',     -- argon2id, PHC form; empty until one is chosen
  password_at INTEGER NOT NULL DEFAULT 0,
  link        BLOB,                         -- SHA-256 of the secret by which one is chosen
  link_until  INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL
) STRICT;

-- Somebody typed an address to come in, and has to show that it is theirs.
CREATE TABLE entries (
  id         TEXT PRIMARY KEY,              -- invite.Message.ID of the mail
  org        TEXT NOT NULL REFERENCES orgs (id),
  way        TEXT NOT NULL,                 -- invite.Way: 'domain', 'link', 'key'
  code       BLOB,                          -- SHA-256 of the join link or key; it must still be good
  email      TEXT NOT NULL,
  language   TEXT NOT NULL DEFAULT '',
  token      BLOB NOT NULL,                 -- SHA-256 of the secret that was mailed
  sent_at    INTEGER NOT NULL DEFAULT 0,    -- to the address itself; 0: not, or only kept for administrators to read
  used_at    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_by_token ON entries (token);
CREATE INDEX entries_by_email ON entries (email, created_at);
CREATE INDEX entries_by_time ON entries (org, created_at);

-- +goose Down
DROP TABLE entries;
DROP TABLE operators;
