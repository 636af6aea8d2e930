-- Where people stand with their accounts, and every message to them.

-- +goose Up
ALTER TABLE profiles ADD COLUMN email TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN phone TEXT COLLATE "C" NOT NULL DEFAULT '';                -- E.164
ALTER TABLE profiles ADD COLUMN external_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN account TEXT COLLATE "C" NOT NULL DEFAULT 'inactive';      -- invite.Account
ALTER TABLE profiles ADD COLUMN delivery TEXT COLLATE "C" NOT NULL DEFAULT 'none';         -- invite.Delivery, of the latest message
ALTER TABLE profiles ADD COLUMN membership TEXT COLLATE "C" NOT NULL DEFAULT 'outside';    -- invite.Membership
ALTER TABLE profiles ADD COLUMN status TEXT COLLATE "C" NOT NULL DEFAULT 'not-invited';    -- invite.Status, which follows from these
ALTER TABLE profiles ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT '';               -- invite.Reason
ALTER TABLE profiles ADD COLUMN detail TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN batch TEXT COLLATE "C" NOT NULL DEFAULT '';                -- of the latest message
ALTER TABLE profiles ADD COLUMN message TEXT COLLATE "C" NOT NULL DEFAULT '';              -- messages.id of the latest one; empty while it is queued and nobody took it on
ALTER TABLE profiles ADD COLUMN channel TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN chased_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;             -- while queued: when a worker may take it on
ALTER TABLE profiles ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
CREATE INDEX profiles_by_status ON profiles (org, status, sort_key, id) WHERE removed_at = 0;
CREATE INDEX profiles_by_batch ON profiles (org, batch, delivery) WHERE batch != '';
CREATE INDEX profiles_by_email ON profiles (email, org) WHERE email != '';
CREATE INDEX profiles_by_number_anywhere ON profiles (lower(number)) WHERE removed_at = 0;
CREATE INDEX profiles_by_phone ON profiles (org, phone) WHERE phone != '';
CREATE UNIQUE INDEX profiles_by_external_id ON profiles (org, external_id) WHERE external_id != '' AND removed_at = 0;
CREATE INDEX profiles_queued ON profiles (due_at) WHERE delivery = 'queued';
CREATE INDEX profiles_expiring ON profiles (expires_at) WHERE expires_at != 0;

-- An order to send messages. What became of it for each person is in profiles and
-- messages, and in batch_refusals where nothing was sent.
CREATE TABLE batches (
  id         TEXT COLLATE "C" PRIMARY KEY,
  org        TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  event      TEXT COLLATE "C" NOT NULL,                 -- 'invite', 'chase', '' for both
  user_id    TEXT COLLATE "C" NOT NULL,
  key        TEXT COLLATE "C" NOT NULL DEFAULT '',      -- of whoever may ask twice
  at         BIGINT NOT NULL,
  queued     BIGINT NOT NULL DEFAULT 0,
  undone     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX batches_by_time ON batches (org, at, id);
CREATE UNIQUE INDEX batches_by_key ON batches (org, key) WHERE key != '';

CREATE TABLE batch_refusals (
  batch   TEXT COLLATE "C" NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
  profile TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  reason  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (batch, profile)
);

-- Every message that a worker took on, and every code given by hand.
CREATE TABLE messages (
  id           TEXT COLLATE "C" PRIMARY KEY,
  org          TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  profile      TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  batch        TEXT COLLATE "C" NOT NULL DEFAULT '',
  event        TEXT COLLATE "C" NOT NULL,               -- 'invite', 'chase', 'hand-out'
  channel      TEXT COLLATE "C" NOT NULL,               -- invite.Channel
  address      TEXT COLLATE "C" NOT NULL DEFAULT '',
  language     TEXT COLLATE "C" NOT NULL DEFAULT '',
  delivery     TEXT COLLATE "C" NOT NULL,               -- invite.Delivery
  reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
  detail       TEXT COLLATE "C" NOT NULL DEFAULT '',
  attempts     BIGINT NOT NULL DEFAULT 0,
  lease        TEXT COLLATE "C" NOT NULL DEFAULT '',    -- the worker that has it
  leased_until BIGINT NOT NULL DEFAULT 0,
  handing      BIGINT NOT NULL DEFAULT 0,  -- when a provider began to be given it; 0: not yet
  token        BYTEA,                        -- SHA-256 of the link's secret
  provider     TEXT COLLATE "C" NOT NULL DEFAULT '',
  reference    TEXT COLLATE "C" NOT NULL DEFAULT '',
  created_at   BIGINT NOT NULL,
  sent_at      BIGINT NOT NULL DEFAULT 0,
  delivered_at BIGINT NOT NULL DEFAULT 0,
  opened_at    BIGINT NOT NULL DEFAULT 0,
  ended_at     BIGINT NOT NULL DEFAULT 0,
  expires_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX messages_by_profile ON messages (org, profile, created_at);
CREATE INDEX messages_by_batch ON messages (org, batch, profile) WHERE batch != '';
CREATE UNIQUE INDEX messages_by_token ON messages (token) WHERE token IS NOT NULL;
CREATE INDEX messages_by_reference ON messages (provider, reference) WHERE reference != '';
CREATE INDEX messages_leased ON messages (leased_until) WHERE lease != '';

-- Addresses that are left alone until an admin lifts that.
CREATE TABLE blocks (
  org     TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  address TEXT COLLATE "C" NOT NULL,
  reason  TEXT COLLATE "C" NOT NULL,
  detail  TEXT COLLATE "C" NOT NULL DEFAULT '',
  since   BIGINT NOT NULL,
  PRIMARY KEY (org, address)
);

-- How people sign in to the portal. No row: nobody can.
CREATE TABLE accounts (
  profile     TEXT COLLATE "C" PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
  org         TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  password    TEXT COLLATE "C" NOT NULL DEFAULT '',     -- argon2id, PHC form; empty until one is chosen
  password_at BIGINT NOT NULL DEFAULT 0,
  code        TEXT COLLATE "C" NOT NULL DEFAULT '',     -- argon2id of the code given by hand; empty: none
  code_until  BIGINT NOT NULL DEFAULT 0,
  claimed_at  BIGINT NOT NULL DEFAULT 0,
  details_at  BIGINT NOT NULL DEFAULT 0    -- when the person went through their data
);

-- What an organisation decided about inviting: invite.Policy as JSON.
CREATE TABLE policies (
  org    TEXT COLLATE "C" PRIMARY KEY REFERENCES orgs (id),
  policy TEXT COLLATE "C" NOT NULL
);

-- The texts that an admin wrote.
CREATE TABLE templates (
  org      TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  kind     TEXT COLLATE "C" NOT NULL,                   -- 'invite', 'chase'
  channel  TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  subject  TEXT COLLATE "C" NOT NULL DEFAULT '',
  body     TEXT COLLATE "C" NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (org, kind, channel, language)
);

-- +goose Down
DROP TABLE templates; DROP TABLE policies; DROP TABLE accounts; DROP TABLE blocks; DROP TABLE messages; DROP TABLE batch_refusals; DROP TABLE batches;
DROP INDEX profiles_expiring; DROP INDEX profiles_queued; DROP INDEX profiles_by_external_id; DROP INDEX profiles_by_phone;
DROP INDEX profiles_by_number_anywhere; DROP INDEX profiles_by_email; DROP INDEX profiles_by_batch; DROP INDEX profiles_by_status;
ALTER TABLE profiles DROP COLUMN attempts;
ALTER TABLE profiles DROP COLUMN due_at;
ALTER TABLE profiles DROP COLUMN active_at;
ALTER TABLE profiles DROP COLUMN expires_at;
ALTER TABLE profiles DROP COLUMN opened_at;
ALTER TABLE profiles DROP COLUMN chased_at;
ALTER TABLE profiles DROP COLUMN asked_at;
ALTER TABLE profiles DROP COLUMN channel;
ALTER TABLE profiles DROP COLUMN message;
ALTER TABLE profiles DROP COLUMN batch;
ALTER TABLE profiles DROP COLUMN detail;
ALTER TABLE profiles DROP COLUMN reason;
ALTER TABLE profiles DROP COLUMN status;
ALTER TABLE profiles DROP COLUMN membership;
ALTER TABLE profiles DROP COLUMN delivery;
ALTER TABLE profiles DROP COLUMN account;
ALTER TABLE profiles DROP COLUMN external_id;
ALTER TABLE profiles DROP COLUMN phone;
ALTER TABLE profiles DROP COLUMN email;
