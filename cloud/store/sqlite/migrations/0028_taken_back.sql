-- How somebody stood before a reminder, so that it can be taken back while it waits;
-- and a search finds letters by those that people type for them.

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

-- +goose Down
-- The texts stay as they are: an older cloud finds these people by the other letters.
ALTER TABLE profiles DROP COLUMN was_messaged_at;
ALTER TABLE profiles DROP COLUMN was_chased_at;
ALTER TABLE profiles DROP COLUMN was_asked_at;
ALTER TABLE profiles DROP COLUMN was_message;
ALTER TABLE profiles DROP COLUMN was_batch;
ALTER TABLE profiles DROP COLUMN was_detail;
ALTER TABLE profiles DROP COLUMN was_reason;
ALTER TABLE profiles DROP COLUMN was_delivery;
