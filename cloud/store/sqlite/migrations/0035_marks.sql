-- Whether a request that may come twice has changed something, and how many orders a
-- tablet has brought.

-- +goose Up
ALTER TABLE repeats ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;      -- 1: something of it is committed
ALTER TABLE devices ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;       -- since orders_since
ALTER TABLE devices ADD COLUMN orders_noted INTEGER NOT NULL DEFAULT 0; -- lines of the audit log about those that were refused
ALTER TABLE devices ADD COLUMN orders_since INTEGER NOT NULL DEFAULT 0; -- 0: none yet

-- +goose Down
ALTER TABLE devices DROP COLUMN orders_since;
ALTER TABLE devices DROP COLUMN orders_noted;
ALTER TABLE devices DROP COLUMN orders;
ALTER TABLE repeats DROP COLUMN changed;
