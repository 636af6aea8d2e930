-- A replica whose clock is far from the database server's takes no tablets; people
-- are told.

-- +goose Up
ALTER TABLE replicas ADD COLUMN clock_off BIGINT NOT NULL DEFAULT 0;    -- microseconds that it is ahead of the database server; below 0: behind
ALTER TABLE replicas ADD COLUMN clock_wrong BOOLEAN NOT NULL DEFAULT FALSE; -- so far that it takes no tablets

-- +goose Down
ALTER TABLE replicas DROP COLUMN clock_wrong;
ALTER TABLE replicas DROP COLUMN clock_off;
