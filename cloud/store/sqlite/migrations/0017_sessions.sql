-- Which session of a tablet is the newest is told by the order in which they come
-- to the database, no longer by the tablet's clock.

-- +goose Up
ALTER TABLE devices ADD COLUMN session_before TEXT NOT NULL DEFAULT '';  -- the one that session took the place of
UPDATE devices SET session_at = 0;                                -- from here on by the cloud's clock

-- +goose Down
ALTER TABLE devices DROP COLUMN session_before;
