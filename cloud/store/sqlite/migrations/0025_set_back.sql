-- Tablets that know of more than this database tell that it was restored from a
-- backup. Until somebody runs "muster-cloud restored", that is said to people.

-- +goose Up
ALTER TABLE orgs ADD COLUMN set_back_at INTEGER NOT NULL DEFAULT 0;  -- when a tablet first told so, since the last such run; 0: none did

-- +goose Down
ALTER TABLE orgs DROP COLUMN set_back_at;
