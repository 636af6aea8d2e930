-- Tablets know who is still to be activated, and managers ask people from there.

-- +goose Up
ALTER TABLE users ADD COLUMN profile TEXT NOT NULL DEFAULT '';            -- the person of the roster who has the account; empty: none
CREATE UNIQUE INDEX users_by_profile ON users (profile) WHERE profile != '';
ALTER TABLE profiles ADD COLUMN order_row TEXT NOT NULL DEFAULT '';       -- the row of the newest order at a tablet
ALTER TABLE profiles ADD COLUMN order_fate TEXT NOT NULL DEFAULT '';      -- invite.Fate
ALTER TABLE profiles ADD COLUMN order_at INTEGER NOT NULL DEFAULT 0;      -- when it was dealt with
ALTER TABLE profiles ADD COLUMN told TEXT NOT NULL DEFAULT '';            -- what tablets were told of the activation; see standing in pending.go
-- The condition is word for word that of the query.
CREATE INDEX profiles_untold ON profiles (id) WHERE told != CASE
  WHEN removed_at != 0 OR account NOT IN ('inactive', 'invited', 'claiming') OR membership NOT IN ('invited', 'accepted') THEN ''
  ELSE account || '/' || CASE WHEN delivery IN ('delivered', 'opened') THEN 'sent' ELSE delivery END || '/' || membership || '/' || CAST(messaged_at AS TEXT)
    || '/' || CASE WHEN email != '' THEN 'email' WHEN phone != '' THEN 'phone' ELSE '' END || '/' || order_row END;

-- +goose Down
DROP INDEX profiles_untold;
ALTER TABLE profiles DROP COLUMN told;
ALTER TABLE profiles DROP COLUMN order_at;
ALTER TABLE profiles DROP COLUMN order_fate;
ALTER TABLE profiles DROP COLUMN order_row;
DROP INDEX users_by_profile;
ALTER TABLE users DROP COLUMN profile;
