-- The same tables as SQLite's, by the same numbers. Text is compared byte by byte
-- (COLLATE "C"), as SQLite does it: two databases give one order. Identifiers are
-- UUID text; times are microseconds since 1970, UTC; every table that holds an
-- organisation's data names the organisation, and every query on it does too.
-- raw_rows is append-only: triggers see to that.

-- +goose Up
CREATE TABLE orgs (
  id         TEXT COLLATE "C" PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL,
  card_key   BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE sites (
  id          TEXT COLLATE "C" PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  name        TEXT COLLATE "C" NOT NULL,
  time_zone   TEXT COLLATE "C" NOT NULL,
  language    TEXT COLLATE "C" NOT NULL DEFAULT 'en',
  result_ms   BIGINT NOT NULL DEFAULT 3000,
  debounce_ms BIGINT NOT NULL DEFAULT 3000,
  feed_epoch  TEXT COLLATE "C" NOT NULL,
  feed_head   BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  UNIQUE (org, name)
);

-- Accounts of the console and the API.
CREATE TABLE users (
  id         TEXT COLLATE "C" PRIMARY KEY,
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  email      TEXT COLLATE "C" NOT NULL UNIQUE CHECK (email = lower(email)),
  name       TEXT COLLATE "C" NOT NULL,
  role       TEXT COLLATE "C" NOT NULL,
  password   TEXT COLLATE "C" NOT NULL DEFAULT '',      -- argon2id, PHC form; empty until one is chosen
  language   TEXT COLLATE "C" NOT NULL DEFAULT '',
  disabled   BOOLEAN NOT NULL DEFAULT FALSE,
  password_at BIGINT NOT NULL DEFAULT 0,   -- when it was chosen
  created_at BIGINT NOT NULL
);
CREATE INDEX users_by_org ON users (org, email);

-- Wrong passwords in a row. Kept for addresses without an account too, so that
-- a lock tells nobody which addresses have one.
CREATE TABLE failed_logins (
  email        BYTEA PRIMARY KEY,            -- SHA-256 of the address
  failures     BIGINT NOT NULL,
  last_at      BIGINT NOT NULL,
  locked_until BIGINT NOT NULL
);
CREATE INDEX failed_logins_by_age ON failed_logins (last_at);

CREATE TABLE user_sites (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  site    TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
  PRIMARY KEY (user_id, site)
);

-- Secrets that are good for one purpose: first set-up, choosing a password,
-- activating a tablet from the console, calling the API. Only a hash is kept.
CREATE TABLE tokens (
  hash       BYTEA PRIMARY KEY,              -- SHA-256 of the secret
  purpose    TEXT COLLATE "C" NOT NULL,                 -- 'setup', 'password', 'activation', 'api'
  org        TEXT COLLATE "C" REFERENCES orgs (id),
  user_id    TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
  site       TEXT COLLATE "C" REFERENCES sites (id),
  name       TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,              -- 0: never
  used_at    BIGINT NOT NULL DEFAULT 0,
  last_used  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tokens_by_user ON tokens (user_id, purpose);
CREATE INDEX tokens_by_org ON tokens (org, purpose, created_at);

CREATE TABLE sessions (
  token   TEXT COLLATE "C" PRIMARY KEY,                 -- hashed by the session library
  data    BYTEA NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires);

-- The roster.
CREATE TABLE profiles (
  id         TEXT COLLATE "C" PRIMARY KEY,
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  number     TEXT COLLATE "C" NOT NULL,  -- E17 and e17 sound the same
  first_name TEXT COLLATE "C" NOT NULL,
  last_name  TEXT COLLATE "C" NOT NULL,
  language   TEXT COLLATE "C" NOT NULL DEFAULT '',
  photo      TEXT COLLATE "C" NOT NULL DEFAULT '',      -- photos.id
  blocked    BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  removed_at BIGINT NOT NULL DEFAULT 0,    -- not 0: left; kept because the punches stay
  sort_key   BYTEA NOT NULL DEFAULT '',     -- orders by last name, first name as people do
  search     TEXT COLLATE "C" NOT NULL DEFAULT ''       -- names and number without case and accents
);
CREATE UNIQUE INDEX profiles_by_number ON profiles (org, lower(number));
CREATE INDEX profiles_by_name ON profiles (org, sort_key, id) WHERE removed_at = 0;
CREATE INDEX profiles_by_photo ON profiles (org, photo) WHERE photo != '';

CREATE TABLE profile_sites (
  profile TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  site    TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
  PRIMARY KEY (profile, site)
);
CREATE INDEX profile_sites_by_site ON profile_sites (site, profile);

CREATE TABLE photos (
  org  TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  id   TEXT COLLATE "C" NOT NULL,                       -- SHA-256 of jpeg
  jpeg BYTEA NOT NULL,
  PRIMARY KEY (org, id)
);

CREATE TABLE cards (
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  card       TEXT COLLATE "C" NOT NULL,
  profile    TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  from_at    BIGINT NOT NULL,
  to_at      BIGINT NOT NULL DEFAULT 0,    -- 0: open
  blocked    BOOLEAN NOT NULL DEFAULT FALSE,
  technology TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (org, card, profile, from_at)
);
CREATE INDEX cards_by_profile ON cards (org, profile, from_at);
-- A card is in one hand at a time.
CREATE UNIQUE INDEX cards_open ON cards (org, card) WHERE to_at = 0;

-- Tablets.
CREATE TABLE devices (
  id           TEXT COLLATE "C" PRIMARY KEY,
  org          TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  site         TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
  name         TEXT COLLATE "C" NOT NULL,
  hardware     TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL DEFAULT 0,
  lock_message TEXT COLLATE "C",                        -- not null: locked
  session      TEXT COLLATE "C" NOT NULL DEFAULT '',    -- nonce of the newest session
  session_at   BIGINT NOT NULL DEFAULT 0,  -- when it began, by the tablet's clock
  online       BOOLEAN NOT NULL DEFAULT FALSE,
  online_since BIGINT NOT NULL DEFAULT 0,  -- when online last changed
  seen_at      BIGINT NOT NULL DEFAULT 0,
  pulse        BYTEA                         -- the last wire.Pulse
);
CREATE INDEX devices_by_site ON devices (org, site);

CREATE TABLE claims (
  id          TEXT COLLATE "C" PRIMARY KEY,
  device_code BYTEA NOT NULL UNIQUE,         -- SHA-256
  user_code   TEXT COLLATE "C" NOT NULL,                -- without the hyphen
  public_key  BYTEA NOT NULL,
  hardware    TEXT COLLATE "C" NOT NULL,
  version     TEXT COLLATE "C" NOT NULL,
  address     TEXT COLLATE "C" NOT NULL,                -- where the request came from, shown to the manager
  state       TEXT COLLATE "C" NOT NULL,                -- wire.Claim…
  org         TEXT COLLATE "C" REFERENCES orgs (id),
  device      TEXT COLLATE "C" REFERENCES devices (id),
  activation  BYTEA REFERENCES tokens (hash), -- the activation code that approved it, if one did
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX claims_open ON claims (user_code) WHERE state = 'pending';
CREATE INDEX claims_by_age ON claims (expires_at) WHERE state = 'pending';
CREATE INDEX claims_by_activation ON claims (activation) WHERE activation IS NOT NULL;

CREATE TABLE certificates (
  serial     TEXT COLLATE "C" PRIMARY KEY,              -- hexadecimal
  device     TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
  public_key BYTEA NOT NULL,
  der        BYTEA NOT NULL,
  not_before BIGINT NOT NULL,
  not_after  BIGINT NOT NULL
);
CREATE INDEX certificates_by_device ON certificates (device, not_after);

CREATE TABLE commands (
  id         TEXT COLLATE "C" PRIMARY KEY,
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  device     TEXT COLLATE "C" NOT NULL REFERENCES devices (id),
  kind       TEXT COLLATE "C" NOT NULL,                 -- 'capture', 'cancel', 'lock', 'unlock'
  profile    TEXT COLLATE "C" REFERENCES profiles (id) ON DELETE CASCADE,
  message    BYTEA NOT NULL,                 -- wire.Command
  state      TEXT COLLATE "C" NOT NULL,                 -- 'open', 'done', 'failed', 'cancelled', 'expired'
  outcome    TEXT COLLATE "C" NOT NULL DEFAULT '',      -- why it failed, or the card id of a capture
  created_by TEXT COLLATE "C" REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX commands_open ON commands (device, created_at) WHERE state = 'open';

-- What tablets told, exactly as they told it.
CREATE TABLE raw_rows (
  device       TEXT COLLATE "C" NOT NULL,
  stream       BYTEA NOT NULL,
  seq          BIGINT NOT NULL,
  id           BYTEA NOT NULL UNIQUE,
  org          TEXT COLLATE "C" NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL,
  payload      BYTEA NOT NULL,
  device_time  BIGINT NOT NULL,
  monotonic    BIGINT NOT NULL,
  boot         TEXT COLLATE "C" NOT NULL,
  clock_offset BIGINT NOT NULL,
  uncertainty  BIGINT NOT NULL,
  trust        BIGINT NOT NULL,
  prev         BYTEA NOT NULL,
  hash         BYTEA NOT NULL,
  received_at  BIGINT NOT NULL,
  PRIMARY KEY (device, stream, seq)
);
-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
-- +goose StatementEnd
CREATE TRIGGER raw_rows_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON raw_rows
FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE TABLE streams (
  device  TEXT COLLATE "C" NOT NULL,
  stream  BYTEA NOT NULL,
  through BIGINT NOT NULL,                 -- every seq up to here is stored
  PRIMARY KEY (device, stream)
);

-- Rows that could not be made sense of, with the reason. The row itself is in
-- raw_rows, or in body where it could not even be stored there.
CREATE TABLE quarantine (
  id          BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL,
  device      TEXT COLLATE "C" NOT NULL,
  stream      BYTEA,
  seq         BIGINT,
  reason      TEXT COLLATE "C" NOT NULL,
  body        BYTEA,
  received_at BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX quarantine_open ON quarantine (org, received_at) WHERE resolved_at = 0;
CREATE INDEX quarantine_by_row ON quarantine (device, stream, seq);

CREATE TABLE punches (
  id          TEXT COLLATE "C" PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL,
  site        TEXT COLLATE "C" NOT NULL,
  device      TEXT COLLATE "C" NOT NULL,
  profile     TEXT COLLATE "C" NOT NULL,
  card        TEXT COLLATE "C" NOT NULL,
  direction   TEXT COLLATE "C" NOT NULL,
  at          BIGINT NOT NULL,             -- best estimate
  device_time BIGINT NOT NULL,
  trust       BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX punches_by_time ON punches (org, at, id);
CREATE INDEX punches_by_profile ON punches (org, profile, at, id);
CREATE INDEX punches_by_site ON punches (org, site, at, id);

CREATE TABLE refusals (
  id          TEXT COLLATE "C" PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL,
  site        TEXT COLLATE "C" NOT NULL,
  device      TEXT COLLATE "C" NOT NULL,
  reason      TEXT COLLATE "C" NOT NULL,
  card        TEXT COLLATE "C" NOT NULL DEFAULT '',
  profile     TEXT COLLATE "C" NOT NULL DEFAULT '',
  at          BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX refusals_by_time ON refusals (org, at, id);
CREATE INDEX refusals_by_profile ON refusals (org, profile, at, id);
CREATE INDEX refusals_by_site ON refusals (org, site, at, id);

-- Each site's feed of changes. Only the newest version of a thing is kept; one
-- that is gone leaves a tombstone.
CREATE TABLE feed (
  site    TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
  key     TEXT COLLATE "C" NOT NULL,                    -- 'settings', 'profile/<id>', 'card/<card>/<profile>/<from>', 'photo/<id>'
  version BIGINT NOT NULL,
  change  BYTEA NOT NULL,                    -- wire.Change
  PRIMARY KEY (site, key)
);
CREATE UNIQUE INDEX feed_by_version ON feed (site, version);

CREATE TABLE audit (
  id      BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  org     TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  action  TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX audit_by_time ON audit (org, at);

-- The certificate authority and other things that exist once.
CREATE TABLE secrets (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value BYTEA NOT NULL
);

-- +goose Down
DROP TABLE IF EXISTS directory_members; DROP TABLE IF EXISTS directory_groups; DROP TABLE IF EXISTS directory_people; -- see 0031_directory.sql
DROP TABLE secrets; DROP TABLE audit; DROP TABLE feed; DROP TABLE refusals;
DROP TABLE punches; DROP TABLE quarantine; DROP TABLE streams; DROP TABLE raw_rows; DROP FUNCTION append_only;
DROP TABLE commands; DROP TABLE certificates; DROP TABLE claims; DROP TABLE devices;
DROP TABLE cards; DROP TABLE photos; DROP TABLE profile_sites; DROP TABLE profiles;
DROP TABLE sessions; DROP TABLE failed_logins; DROP TABLE tokens; DROP TABLE user_sites; DROP TABLE users;
DROP TABLE sites; DROP TABLE orgs;
