-- People's own changes of how they are reached, each of which waits for a code.

-- +goose Up
CREATE TABLE contact_changes (
  id          TEXT COLLATE "C" PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  profile     TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  channel     TEXT COLLATE "C" NOT NULL,              -- invite.Channel: email or sms
  address     TEXT COLLATE "C" NOT NULL,              -- what is to count
  before      TEXT COLLATE "C" NOT NULL,              -- what counts until then; where it doesn't any more, the change is over
  password_at BIGINT NOT NULL,           -- of the password by which it was asked for, likewise
  code        BYTEA,                       -- SHA-256 of the latest
  code_until  BIGINT NOT NULL DEFAULT 0,
  code_tries  BIGINT NOT NULL DEFAULT 0,
  codes       BIGINT NOT NULL DEFAULT 1, -- that were asked for
  coded_at    BIGINT NOT NULL,           -- when the latest was
  sent_at     BIGINT NOT NULL DEFAULT 0, -- when one left for the address itself; 0: it was only kept
  asked_at    BIGINT NOT NULL,
  ended_at    BIGINT NOT NULL DEFAULT 0  -- 0: it waits
);
CREATE INDEX contact_changes_of ON contact_changes (org, profile, asked_at);
CREATE INDEX contact_changes_to ON contact_changes (address, asked_at);

-- +goose Down
-- What waits is forgotten: the earlier program writes an address without asking. Both
-- programs drop mails about what isn't there.
DROP TABLE contact_changes;
