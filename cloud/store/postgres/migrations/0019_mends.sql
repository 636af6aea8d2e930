-- One address is one person's, a message of any kind counts for the next reminder,
-- and organisations have a name that links may carry.

-- +goose Up
ALTER TABLE orgs ADD COLUMN key TEXT COLLATE "C" NOT NULL DEFAULT '';          -- public: in the addresses of sign-in pages
UPDATE orgs SET key = substr(md5(random()::text || id || clock_timestamp()::text), 1, 10);
CREATE UNIQUE INDEX orgs_by_key ON orgs (key) WHERE key != '';

ALTER TABLE profiles ADD COLUMN messaged_at BIGINT NOT NULL DEFAULT 0;        -- of the latest message that counts for invite.Chases
UPDATE profiles SET messaged_at = CASE WHEN channel = 'handout' THEN chased_at WHEN delivery IN ('failed', 'bounced', 'blocked') THEN 0 ELSE asked_at END
  WHERE account IN ('invited', 'claiming');

ALTER TABLE batches ADD COLUMN not_before BIGINT NOT NULL DEFAULT 0;         -- when the first message may leave

ALTER TABLE profiles ADD COLUMN email_shared BIGINT NOT NULL DEFAULT 0;       -- 1: stood on two profiles before that was refused
UPDATE profiles SET email_shared = 1 WHERE email != '' AND removed_at = 0 AND account != 'deactivated' AND EXISTS (SELECT 1 FROM profiles o
  WHERE o.email = profiles.email AND o.org = profiles.org AND o.id < profiles.id AND o.removed_at = 0 AND o.account != 'deactivated' AND o.email != '');
CREATE UNIQUE INDEX profiles_own_email ON profiles (org, email) WHERE email != '' AND removed_at = 0 AND account != 'deactivated' AND email_shared = 0;

ALTER TABLE accounts ADD COLUMN address TEXT COLLATE "C" NOT NULL DEFAULT '';              -- that the link was mailed to by which the password was chosen
UPDATE accounts SET address = CASE WHEN proven != '' THEN proven ELSE COALESCE((SELECT m.address FROM messages m WHERE m.org = accounts.org AND m.profile = accounts.profile
  AND m.channel = 'email' AND m.address != '' ORDER BY m.created_at DESC LIMIT 1), '') END
  WHERE password != '' AND (proven != '' OR NOT EXISTS (SELECT 1 FROM messages m WHERE m.org = accounts.org AND m.profile = accounts.profile AND m.channel != 'email'));
CREATE INDEX accounts_by_address ON accounts (address) WHERE address != '';

-- +goose Down
DROP INDEX accounts_by_address; DROP INDEX profiles_own_email; DROP INDEX orgs_by_key;
ALTER TABLE accounts DROP COLUMN address;
ALTER TABLE batches DROP COLUMN not_before;
ALTER TABLE profiles DROP COLUMN email_shared;
ALTER TABLE profiles DROP COLUMN messaged_at;
ALTER TABLE orgs DROP COLUMN key;
