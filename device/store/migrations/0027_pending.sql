-- +goose Up
ALTER TABLE profiles ADD COLUMN pending TEXT NOT NULL DEFAULT '';  -- attendance.Pending as JSON; empty: nothing is to come
ALTER TABLE profiles ADD COLUMN manager TEXT NOT NULL DEFAULT '';  -- attendance.Manager as JSON; empty: no account of the console

-- +goose Down
ALTER TABLE profiles DROP COLUMN manager;
ALTER TABLE profiles DROP COLUMN pending;
