-- +goose Up
ALTER TABLE profiles ADD COLUMN join_waits INTEGER NOT NULL DEFAULT 0;  -- 1: is asked to join the organisation; a tap counts all the same

-- +goose Down
ALTER TABLE profiles DROP COLUMN join_waits;
