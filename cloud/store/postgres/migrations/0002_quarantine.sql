-- What became of what was in quarantine, and which punches somebody gave to a
-- person by hand.

-- +goose Up
ALTER TABLE quarantine ADD COLUMN resolution TEXT COLLATE "C" NOT NULL DEFAULT '';   -- 'assigned', 'dismissed', 'reprocessed'
ALTER TABLE quarantine ADD COLUMN resolved_by TEXT COLLATE "C" NOT NULL DEFAULT '';  -- users.id
ALTER TABLE quarantine ADD COLUMN profile TEXT COLLATE "C" NOT NULL DEFAULT '';      -- whose punch it became
ALTER TABLE quarantine ADD COLUMN note TEXT COLLATE "C" NOT NULL DEFAULT '';         -- why it was dismissed
ALTER TABLE punches ADD COLUMN assigned_by TEXT COLLATE "C" NOT NULL DEFAULT '';     -- users.id; empty: the tablet knew who it was

-- +goose Down
ALTER TABLE punches DROP COLUMN assigned_by;
ALTER TABLE quarantine DROP COLUMN note;
ALTER TABLE quarantine DROP COLUMN profile;
ALTER TABLE quarantine DROP COLUMN resolved_by;
ALTER TABLE quarantine DROP COLUMN resolution;
