-- The feed in lanes, its history in terms, and what of it is older than what was
-- pruned.

-- +goose Up
ALTER TABLE feed ADD COLUMN lane INTEGER NOT NULL DEFAULT 2;      -- wire.Lane
ALTER TABLE feed ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0;   -- when the thing went; 0: it is there
UPDATE feed SET lane = 3 WHERE key LIKE 'photo/%';
UPDATE feed SET lane = 1 WHERE key = 'settings';
CREATE INDEX feed_by_lane ON feed (site, lane, version);
CREATE INDEX feed_gone ON feed (site, gone_at) WHERE gone_at > 0;

-- Whoever has read less than feed_floor has missed tombstones that are pruned.
ALTER TABLE sites ADD COLUMN feed_floor INTEGER NOT NULL DEFAULT 0;

-- A term is a stretch of a feed's versions that one run of the cloud began. A
-- position that lies behind the end of its term was read from a history that a
-- backup has taken back.
CREATE TABLE feed_terms (
  site  TEXT NOT NULL REFERENCES sites (id),
  since INTEGER NOT NULL,                   -- the head when it began
  term  TEXT NOT NULL,
  PRIMARY KEY (site, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX feed_terms_by_name ON feed_terms (site, term);

-- +goose Down
DROP TABLE feed_terms;
ALTER TABLE sites DROP COLUMN feed_floor;
DROP INDEX feed_gone;
DROP INDEX feed_by_lane;
ALTER TABLE feed DROP COLUMN gone_at;
ALTER TABLE feed DROP COLUMN lane;
