-- How a punch's time was determined, and how far off it may be.

-- +goose Up
ALTER TABLE punches ADD COLUMN uncertainty BIGINT NOT NULL DEFAULT -1;         -- microseconds; negative: nobody knows
ALTER TABLE punches ADD COLUMN clock_source TEXT COLLATE "C" NOT NULL DEFAULT 'compared';   -- attendance.TimeSource
UPDATE punches SET clock_source = 'unconfirmed' WHERE trust != 1;

-- +goose Down
ALTER TABLE punches DROP COLUMN clock_source;
ALTER TABLE punches DROP COLUMN uncertainty;
