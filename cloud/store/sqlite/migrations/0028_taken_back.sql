-- How somebody stood before a reminder, so that it can be taken back while it waits;
-- a search finds letters by those that people type for them; and mails that carry a
-- code or a link to come in wait until they have left.

-- +goose Up
ALTER TABLE profiles ADD COLUMN was_delivery TEXT NOT NULL DEFAULT '';  -- invite.Delivery before the latest reminder; empty: it can't be taken back
ALTER TABLE profiles ADD COLUMN was_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_detail TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_batch TEXT NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_message TEXT NOT NULL DEFAULT '';  -- messages.id
ALTER TABLE profiles ADD COLUMN was_asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN was_chased_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN was_messaged_at INTEGER NOT NULL DEFAULT 0;

-- What is looked through is folded already: one case, no accents.
UPDATE profiles SET search = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(search, 'ø', 'o'), 'æ', 'ae'), 'œ', 'oe'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i')
  WHERE search LIKE '%ø%' OR search LIKE '%æ%' OR search LIKE '%œ%' OR search LIKE '%ł%' OR search LIKE '%đ%' OR search LIKE '%ð%' OR search LIKE '%þ%' OR search LIKE '%ħ%' OR search LIKE '%ŧ%' OR search LIKE '%ı%';

-- Mails to come in and to prove a domain that have not left yet. No secret is here:
-- each try draws its own.
CREATE TABLE notices (
  org      TEXT NOT NULL REFERENCES orgs (id),
  kind     TEXT NOT NULL,                  -- invite.NoticeKind
  subject  TEXT NOT NULL,                  -- entries.id, domains.domain
  address  TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL,
  due_at   INTEGER NOT NULL,               -- when it is tried again
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (org, kind, subject)
) STRICT;
CREATE INDEX notices_due ON notices (due_at);

-- +goose Down
-- The texts stay as they are: an older cloud finds these people by the other letters.
DROP TABLE notices;
ALTER TABLE profiles DROP COLUMN was_messaged_at;
ALTER TABLE profiles DROP COLUMN was_chased_at;
ALTER TABLE profiles DROP COLUMN was_asked_at;
ALTER TABLE profiles DROP COLUMN was_message;
ALTER TABLE profiles DROP COLUMN was_batch;
ALTER TABLE profiles DROP COLUMN was_detail;
ALTER TABLE profiles DROP COLUMN was_reason;
ALTER TABLE profiles DROP COLUMN was_delivery;
