-- What a site does with taps while its tablet has no line: an attendance.Offline.

-- +goose Up
ALTER TABLE sites ADD COLUMN offline TEXT NOT NULL DEFAULT 'allowed';

-- +goose Down
ALTER TABLE sites DROP COLUMN offline;
