-- Times are microseconds since 1970, UTC. Everything that is one small thing
-- (identity, credentials, progress, settings, lock, feed position) is a row of
-- state, as JSON.

-- +goose Up
CREATE TABLE streams (
  no      INTEGER PRIMARY KEY AUTOINCREMENT,
  id      BLOB NOT NULL UNIQUE,           -- device.Row.Stream
  through INTEGER NOT NULL DEFAULT 0      -- the cloud has every row up to this one
) STRICT;

-- The journal. One tree, written at its end only, and no index: a punch dirties
-- one page.
CREATE TABLE journal (
  stream         INTEGER NOT NULL REFERENCES streams (no),
  seq            INTEGER NOT NULL,
  id             BLOB NOT NULL,
  kind           TEXT NOT NULL,
  payload        BLOB NOT NULL,
  device_us      INTEGER NOT NULL,
  monotonic_us   INTEGER NOT NULL,
  boot           TEXT NOT NULL,
  offset_us      INTEGER NOT NULL,
  uncertainty_us INTEGER NOT NULL,
  trust          INTEGER NOT NULL,
  prev           BLOB NOT NULL,
  hash           BLOB NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- Rows behind a gap that the cloud has nevertheless.
CREATE TABLE confirmed (
  stream INTEGER NOT NULL REFERENCES streams (no),
  seq    INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- Commands that were dealt with.
CREATE TABLE commands (
  id      TEXT PRIMARY KEY,
  outcome TEXT NOT NULL,
  at_us   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The roster. generation tells what the last snapshot named from what it did not.
CREATE TABLE profiles (
  id         TEXT PRIMARY KEY,
  number     TEXT NOT NULL,
  first_name TEXT NOT NULL,
  last_name  TEXT NOT NULL,
  language   TEXT NOT NULL,
  photo      TEXT NOT NULL,
  blocked    INTEGER NOT NULL,
  generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cards (
  card       TEXT NOT NULL,
  profile    TEXT NOT NULL,
  from_us    INTEGER NOT NULL,
  to_us      INTEGER NOT NULL,            -- 0: open
  blocked    INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (card, profile, from_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE photos (
  id         TEXT PRIMARY KEY,
  jpeg       BLOB NOT NULL,
  generation INTEGER NOT NULL
) STRICT;

CREATE TABLE state (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
