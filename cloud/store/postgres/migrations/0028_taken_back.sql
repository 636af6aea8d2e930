-- How somebody stood before a reminder, so that it can be taken back while it waits;
-- a search finds letters by those that people type for them; and mails that carry a
-- code or a link to come in wait until they have left.

-- +goose Up
ALTER TABLE profiles ADD COLUMN was_delivery TEXT COLLATE "C" NOT NULL DEFAULT '';  -- invite.Delivery before the latest reminder; empty: it can't be taken back
ALTER TABLE profiles ADD COLUMN was_reason TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_detail TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_batch TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE profiles ADD COLUMN was_message TEXT COLLATE "C" NOT NULL DEFAULT '';  -- messages.id
ALTER TABLE profiles ADD COLUMN was_asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN was_chased_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN was_messaged_at BIGINT NOT NULL DEFAULT 0;

-- What is looked through is folded already: one case, no accents.
UPDATE profiles SET search = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(search, 'ø', 'o'), 'æ', 'ae'), 'œ', 'oe'), 'ł', 'l'), 'đ', 'd'), 'ð', 'd'), 'þ', 'th'), 'ħ', 'h'), 'ŧ', 't'), 'ı', 'i')
  WHERE search LIKE '%ø%' OR search LIKE '%æ%' OR search LIKE '%œ%' OR search LIKE '%ł%' OR search LIKE '%đ%' OR search LIKE '%ð%' OR search LIKE '%þ%' OR search LIKE '%ħ%' OR search LIKE '%ŧ%' OR search LIKE '%ı%';

-- Mails to come in and to prove a domain that have not left yet. No secret is here:
-- each try draws its own.
CREATE TABLE notices (
  org      TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  kind     TEXT COLLATE "C" NOT NULL,                  -- invite.NoticeKind
  subject  TEXT COLLATE "C" NOT NULL,                  -- entries.id, domains.domain
  address  TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL,
  due_at   BIGINT NOT NULL,               -- when it is tried again
  asked_at BIGINT NOT NULL,
  PRIMARY KEY (org, kind, subject)
);
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
