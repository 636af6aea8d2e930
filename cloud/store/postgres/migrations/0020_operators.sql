-- Who runs the cloud, and people who come in without an account.

-- +goose Up
-- They belong to no organisation, and reach none's people.
CREATE TABLE operators (
  id          TEXT COLLATE "C" PRIMARY KEY,
  email       TEXT COLLATE "C" NOT NULL UNIQUE,
  name        TEXT COLLATE "C" NOT NULL,
  language    TEXT COLLATE "C" NOT NULL DEFAULT '',
  password    TEXT COLLATE "C" NOT NULL DEFAULT '',     -- argon2id, PHC form; empty until one is chosen
  password_at BIGINT NOT NULL DEFAULT 0,
  link        BYTEA,                         -- SHA-256 of the secret by which one is chosen
  link_until  BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL
);

-- Somebody typed an address to come in, and has to show that it is theirs.
CREATE TABLE entries (
  id         TEXT COLLATE "C" PRIMARY KEY,              -- invite.Message.ID of the mail
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  way        TEXT COLLATE "C" NOT NULL,                 -- invite.Way: 'domain', 'link', 'key'
  code       BYTEA,                          -- SHA-256 of the join link or key; it must still be good
  email      TEXT COLLATE "C" NOT NULL,
  language   TEXT COLLATE "C" NOT NULL DEFAULT '',
  token      BYTEA NOT NULL,                 -- SHA-256 of the secret that was mailed
  sent_at    BIGINT NOT NULL DEFAULT 0,    -- to the address itself; 0: not, or only kept for administrators to read
  used_at    BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX entries_by_token ON entries (token);
CREATE INDEX entries_by_email ON entries (email, created_at);
CREATE INDEX entries_by_time ON entries (org, created_at);

-- +goose Down
DROP TABLE entries;
DROP TABLE operators;
