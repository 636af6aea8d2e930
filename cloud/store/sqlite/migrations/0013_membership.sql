-- Licences, the ways in that an organisation uses, and people who are members of
-- more than one.

-- +goose Up
ALTER TABLE profiles ADD COLUMN added TEXT NOT NULL DEFAULT '';                -- invite.Addition
ALTER TABLE profiles ADD COLUMN way TEXT NOT NULL DEFAULT '';                  -- invite.Way; empty: by hand
ALTER TABLE profiles ADD COLUMN unit TEXT NOT NULL DEFAULT '';                 -- of the company's directory
ALTER TABLE profiles ADD COLUMN member_at INTEGER NOT NULL DEFAULT 0;          -- when the membership last changed
UPDATE profiles SET membership = 'accepted', added = 'new' WHERE membership = 'outside';
CREATE INDEX profiles_by_membership ON profiles (org, membership, sort_key, id) WHERE removed_at = 0;
CREATE INDEX profiles_by_unit ON profiles (org, unit) WHERE unit != '';

ALTER TABLE accounts ADD COLUMN person TEXT NOT NULL DEFAULT '';               -- the same in each account of one person
ALTER TABLE accounts ADD COLUMN proven TEXT NOT NULL DEFAULT '';               -- address that whoever chose the password had proved to read
CREATE INDEX accounts_by_person ON accounts (person) WHERE person != '';
CREATE INDEX accounts_by_proven ON accounts (proven) WHERE proven != '';

-- No row: everything is allowed, for ever.
CREATE TABLE licences (
  org        TEXT PRIMARY KEY REFERENCES orgs (id),
  kind       TEXT NOT NULL,                 -- invite.LicenceType
  seats      INTEGER NOT NULL,              -- 0: any number
  expires_at INTEGER NOT NULL,              -- 0: never
  changed_at INTEGER NOT NULL
) STRICT;

-- What an organisation decided about a way in. No row: as it comes.
CREATE TABLE ways (
  org     TEXT NOT NULL REFERENCES orgs (id),
  way     TEXT NOT NULL,                    -- invite.Way
  enabled INTEGER NOT NULL,
  PRIMARY KEY (org, way)
) STRICT, WITHOUT ROWID;

CREATE TABLE domains (
  org         TEXT NOT NULL REFERENCES orgs (id),
  domain      TEXT NOT NULL,                -- in ASCII, lower case
  token       TEXT NOT NULL,                -- what the TXT record has to hold
  mailed_to   TEXT NOT NULL DEFAULT '',
  code        BLOB,                         -- SHA-256 of the code that was sent
  code_until  INTEGER NOT NULL DEFAULT 0,
  code_tries  INTEGER NOT NULL DEFAULT 0,
  verified_at INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (org, domain)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX domains_verified ON domains (domain) WHERE verified_at != 0;

-- Groups of the company's directory whose people are members.
CREATE TABLE units (
  org        TEXT NOT NULL REFERENCES orgs (id),
  name       TEXT NOT NULL,
  site       TEXT NOT NULL REFERENCES sites (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org, name)
) STRICT, WITHOUT ROWID;

-- Join links and join keys. They are shown to admins again, so they are kept as
-- they are; a drawn one is found by its hash.
CREATE TABLE join_codes (
  org        TEXT NOT NULL REFERENCES orgs (id),
  way        TEXT NOT NULL,                 -- 'link', 'key'
  code       TEXT NOT NULL,
  hash       BLOB NOT NULL,
  site       TEXT NOT NULL DEFAULT '',      -- where people who come in by it belong; empty: nowhere yet
  uses       INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org, way)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX join_codes_by_hash ON join_codes (hash);

-- +goose Down
DROP TABLE join_codes; DROP TABLE units; DROP TABLE domains; DROP TABLE ways; DROP TABLE licences;
DROP INDEX accounts_by_proven; DROP INDEX accounts_by_person; DROP INDEX profiles_by_unit; DROP INDEX profiles_by_membership;
ALTER TABLE accounts DROP COLUMN proven;
ALTER TABLE accounts DROP COLUMN person;
ALTER TABLE profiles DROP COLUMN member_at;
ALTER TABLE profiles DROP COLUMN unit;
ALTER TABLE profiles DROP COLUMN way;
ALTER TABLE profiles DROP COLUMN added;
