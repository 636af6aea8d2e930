-- People's own changes of how they are reached, each of which waits for a code.

-- +goose Up
CREATE TABLE contact_changes (
  id          TEXT PRIMARY KEY,
  org         TEXT NOT NULL REFERENCES orgs (id),
  profile     TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  channel     TEXT NOT NULL,              -- invite.Channel: email or sms
  address     TEXT NOT NULL,              -- what is to count
  before      TEXT NOT NULL,              -- what counts until then; where it doesn't any more, the change is over
  password_at INTEGER NOT NULL,           -- of the password by which it was asked for, likewise
  code        BLOB,                       -- SHA-256 of the latest
  code_until  INTEGER NOT NULL DEFAULT 0,
  code_tries  INTEGER NOT NULL DEFAULT 0,
  codes       INTEGER NOT NULL DEFAULT 1, -- that were asked for
  coded_at    INTEGER NOT NULL,           -- when the latest was
  sent_at     INTEGER NOT NULL DEFAULT 0, -- when one left for the address itself; 0: it was only kept
  asked_at    INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL DEFAULT 0  -- 0: it waits
) STRICT;
CREATE INDEX contact_changes_of ON contact_changes (org, profile, asked_at);
CREATE INDEX contact_changes_to ON contact_changes (address, asked_at);

-- +goose Down
-- What waits is forgotten: the earlier program writes an address without asking. Both
-- programs drop mails about what isn't there.
DROP TABLE contact_changes;
