-- Conventions: identifiers are UUID text; times are microseconds since 1970,
-- UTC; every table that holds an organisation's data names the organisation, and
-- every query on it does too. raw_rows is append-only: triggers see to that.

-- +goose Up
CREATE TABLE orgs (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  card_key   BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
  id          TEXT PRIMARY KEY,
  org         TEXT NOT NULL REFERENCES orgs (id),
  name        TEXT NOT NULL,
  time_zone   TEXT NOT NULL,
  language    TEXT NOT NULL DEFAULT 'en',
  result_ms   INTEGER NOT NULL DEFAULT 3000,
  debounce_ms INTEGER NOT NULL DEFAULT 3000,
  feed_epoch  TEXT NOT NULL,
  feed_head   INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  UNIQUE (org, name)
) STRICT;

-- Accounts of the console and the API.
CREATE TABLE users (
  id         TEXT PRIMARY KEY,
  org        TEXT NOT NULL REFERENCES orgs (id),
  email      TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  password   TEXT NOT NULL DEFAULT '',      -- argon2id, PHC form; empty until one is chosen
  language   TEXT NOT NULL DEFAULT '',
  disabled   INTEGER NOT NULL DEFAULT 0,
  password_at INTEGER NOT NULL DEFAULT 0,   -- when it was chosen
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_org ON users (org, email);

-- Wrong passwords in a row. Kept for addresses without an account too, so that
-- a lock tells nobody which addresses have one.
CREATE TABLE failed_logins (
  email        BLOB PRIMARY KEY,            -- SHA-256 of the address
  failures     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  locked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_logins_by_age ON failed_logins (last_at);

CREATE TABLE user_sites (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  site    TEXT NOT NULL REFERENCES sites (id),
  PRIMARY KEY (user_id, site)
) STRICT, WITHOUT ROWID;

-- Secrets that are good for one purpose: first set-up, choosing a password,
-- activating a tablet from the console, calling the API. Only a hash is kept.
CREATE TABLE tokens (
  hash       BLOB PRIMARY KEY,              -- SHA-256 of the secret
  purpose    TEXT NOT NULL,                 -- 'setup', 'password', 'activation', 'api'
  org        TEXT REFERENCES orgs (id),
  user_id    TEXT REFERENCES users (id) ON DELETE CASCADE,
  site       TEXT REFERENCES sites (id),
  name       TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,              -- 0: never
  used_at    INTEGER NOT NULL DEFAULT 0,
  last_used  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id, purpose);
CREATE INDEX tokens_by_org ON tokens (org, purpose, created_at);

CREATE TABLE sessions (
  token   TEXT PRIMARY KEY,                 -- hashed by the session library
  data    BLOB NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_expires ON sessions (expires);

-- The roster.
CREATE TABLE profiles (
  id         TEXT PRIMARY KEY,
  org        TEXT NOT NULL REFERENCES orgs (id),
  number     TEXT NOT NULL COLLATE NOCASE,  -- E17 and e17 sound the same
  first_name TEXT NOT NULL,
  last_name  TEXT NOT NULL,
  language   TEXT NOT NULL DEFAULT '',
  photo      TEXT NOT NULL DEFAULT '',      -- photos.id
  blocked    INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  removed_at INTEGER NOT NULL DEFAULT 0,    -- not 0: left; kept because the punches stay
  sort_key   BLOB NOT NULL DEFAULT x'',     -- orders by last name, first name as people do
  search     TEXT NOT NULL DEFAULT '',      -- names and number without case and accents
  UNIQUE (org, number)
) STRICT;
CREATE INDEX profiles_by_name ON profiles (org, sort_key, id) WHERE removed_at = 0;
CREATE INDEX profiles_by_photo ON profiles (org, photo) WHERE photo != '';

CREATE TABLE profile_sites (
  profile TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  site    TEXT NOT NULL REFERENCES sites (id),
  PRIMARY KEY (profile, site)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_sites_by_site ON profile_sites (site, profile);

CREATE TABLE photos (
  org  TEXT NOT NULL REFERENCES orgs (id),
  id   TEXT NOT NULL,                       -- SHA-256 of jpeg
  jpeg BLOB NOT NULL,
  PRIMARY KEY (org, id)
) STRICT;

CREATE TABLE cards (
  org        TEXT NOT NULL REFERENCES orgs (id),
  card       TEXT NOT NULL,
  profile    TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  from_at    INTEGER NOT NULL,
  to_at      INTEGER NOT NULL DEFAULT 0,    -- 0: open
  blocked    INTEGER NOT NULL DEFAULT 0,
  technology TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (org, card, profile, from_at)
) STRICT;
CREATE INDEX cards_by_profile ON cards (org, profile, from_at);
-- A card is in one hand at a time.
CREATE UNIQUE INDEX cards_open ON cards (org, card) WHERE to_at = 0;

-- Tablets.
CREATE TABLE devices (
  id           TEXT PRIMARY KEY,
  org          TEXT NOT NULL REFERENCES orgs (id),
  site         TEXT NOT NULL REFERENCES sites (id),
  name         TEXT NOT NULL,
  hardware     TEXT NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER NOT NULL DEFAULT 0,
  lock_message TEXT,                        -- not null: locked
  session      TEXT NOT NULL DEFAULT '',    -- nonce of the newest session
  session_at   INTEGER NOT NULL DEFAULT 0,  -- when it began, by the tablet's clock
  online       INTEGER NOT NULL DEFAULT 0,
  online_since INTEGER NOT NULL DEFAULT 0,  -- when online last changed
  seen_at      INTEGER NOT NULL DEFAULT 0,
  pulse        BLOB                         -- the last wire.Pulse
) STRICT;
CREATE INDEX devices_by_site ON devices (org, site);

CREATE TABLE claims (
  id          TEXT PRIMARY KEY,
  device_code BLOB NOT NULL UNIQUE,         -- SHA-256
  user_code   TEXT NOT NULL,                -- without the hyphen
  public_key  BLOB NOT NULL,
  hardware    TEXT NOT NULL,
  version     TEXT NOT NULL,
  address     TEXT NOT NULL,                -- where the request came from, shown to the manager
  state       TEXT NOT NULL,                -- wire.Claim…
  org         TEXT REFERENCES orgs (id),
  device      TEXT REFERENCES devices (id),
  activation  BLOB REFERENCES tokens (hash), -- the activation code that approved it, if one did
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX claims_open ON claims (user_code) WHERE state = 'pending';
CREATE INDEX claims_by_age ON claims (state, expires_at);
CREATE INDEX claims_by_activation ON claims (activation) WHERE activation IS NOT NULL;

CREATE TABLE certificates (
  serial     TEXT PRIMARY KEY,              -- hexadecimal
  device     TEXT NOT NULL REFERENCES devices (id),
  public_key BLOB NOT NULL,
  der        BLOB NOT NULL,
  not_before INTEGER NOT NULL,
  not_after  INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_by_device ON certificates (device, not_after);

CREATE TABLE commands (
  id         TEXT PRIMARY KEY,
  org        TEXT NOT NULL REFERENCES orgs (id),
  device     TEXT NOT NULL REFERENCES devices (id),
  kind       TEXT NOT NULL,                 -- 'capture', 'cancel', 'lock', 'unlock'
  profile    TEXT REFERENCES profiles (id) ON DELETE CASCADE,
  message    BLOB NOT NULL,                 -- wire.Command
  state      TEXT NOT NULL,                 -- 'open', 'done', 'failed', 'cancelled', 'expired'
  outcome    TEXT NOT NULL DEFAULT '',      -- why it failed, or the card id of a capture
  created_by TEXT REFERENCES users (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX commands_open ON commands (device, created_at) WHERE state = 'open';

-- What tablets told, exactly as they told it.
CREATE TABLE raw_rows (
  device       TEXT NOT NULL,
  stream       BLOB NOT NULL,
  seq          INTEGER NOT NULL,
  id           BLOB NOT NULL UNIQUE,
  org          TEXT NOT NULL,
  kind         TEXT NOT NULL,
  payload      BLOB NOT NULL,
  device_time  INTEGER NOT NULL,
  monotonic    INTEGER NOT NULL,
  boot         TEXT NOT NULL,
  clock_offset INTEGER NOT NULL,
  uncertainty  INTEGER NOT NULL,
  trust        INTEGER NOT NULL,
  prev         BLOB NOT NULL,
  hash         BLOB NOT NULL,
  received_at  INTEGER NOT NULL,
  PRIMARY KEY (device, stream, seq)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER raw_rows_no_update BEFORE UPDATE ON raw_rows
BEGIN SELECT RAISE(ABORT, 'raw_rows is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER raw_rows_no_delete BEFORE DELETE ON raw_rows
BEGIN SELECT RAISE(ABORT, 'raw_rows is append-only'); END;
-- +goose StatementEnd

CREATE TABLE streams (
  device  TEXT NOT NULL,
  stream  BLOB NOT NULL,
  through INTEGER NOT NULL,                 -- every seq up to here is stored
  PRIMARY KEY (device, stream)
) STRICT, WITHOUT ROWID;

-- Rows that could not be made sense of, with the reason. The row itself is in
-- raw_rows, or in body where it could not even be stored there.
CREATE TABLE quarantine (
  id          INTEGER PRIMARY KEY,
  org         TEXT NOT NULL,
  device      TEXT NOT NULL,
  stream      BLOB,
  seq         INTEGER,
  reason      TEXT NOT NULL,
  body        BLOB,
  received_at INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX quarantine_open ON quarantine (org, received_at) WHERE resolved_at = 0;
CREATE INDEX quarantine_by_row ON quarantine (device, stream, seq);

CREATE TABLE punches (
  id          TEXT PRIMARY KEY,
  org         TEXT NOT NULL,
  site        TEXT NOT NULL,
  device      TEXT NOT NULL,
  profile     TEXT NOT NULL,
  card        TEXT NOT NULL,
  direction   TEXT NOT NULL,
  at          INTEGER NOT NULL,             -- best estimate
  device_time INTEGER NOT NULL,
  trust       INTEGER NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX punches_by_time ON punches (org, at, id);
CREATE INDEX punches_by_profile ON punches (org, profile, at, id);
CREATE INDEX punches_by_site ON punches (org, site, at, id);

CREATE TABLE refusals (
  id          TEXT PRIMARY KEY,
  org         TEXT NOT NULL,
  site        TEXT NOT NULL,
  device      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  card        TEXT NOT NULL DEFAULT '',
  profile     TEXT NOT NULL DEFAULT '',
  at          INTEGER NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX refusals_by_time ON refusals (org, at, id);
CREATE INDEX refusals_by_profile ON refusals (org, profile, at, id);
CREATE INDEX refusals_by_site ON refusals (org, site, at, id);

-- Each site's feed of changes. Only the newest version of a thing is kept; one
-- that is gone leaves a tombstone.
CREATE TABLE feed (
  site    TEXT NOT NULL REFERENCES sites (id),
  key     TEXT NOT NULL,                    -- 'settings', 'profile/<id>', 'card/<card>/<profile>/<from>', 'photo/<id>'
  version INTEGER NOT NULL,
  change  BLOB NOT NULL,                    -- wire.Change
  PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX feed_by_version ON feed (site, version);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  org     TEXT NOT NULL,
  user_id TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (org, at);

-- The certificate authority and other things that exist once.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE IF EXISTS directory_members; DROP TABLE IF EXISTS directory_groups; DROP TABLE IF EXISTS directory_people; -- see 0031_directory.sql
DROP TABLE secrets; DROP TABLE audit; DROP TABLE feed; DROP TABLE refusals;
DROP TABLE punches; DROP TABLE quarantine; DROP TABLE streams; DROP TABLE raw_rows;
DROP TABLE commands; DROP TABLE certificates; DROP TABLE claims; DROP TABLE devices;
DROP TABLE cards; DROP TABLE photos; DROP TABLE profile_sites; DROP TABLE profiles;
DROP TABLE sessions; DROP TABLE failed_logins; DROP TABLE tokens; DROP TABLE user_sites; DROP TABLE users;
DROP TABLE sites; DROP TABLE orgs;
