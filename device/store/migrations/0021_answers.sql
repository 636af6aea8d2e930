-- +goose Up
ALTER TABLE profiles ADD COLUMN invitation TEXT NOT NULL DEFAULT '';  -- attendance.Invitation as JSON; empty: never asked

-- +goose Down
ALTER TABLE profiles DROP COLUMN invitation;
