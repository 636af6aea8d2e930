-- Which clouds work on this database, and at which of them each tablet is
-- connected. Times of different machines are not compared: a replica lives as
-- long as the others see its beat grow.

-- +goose Up
CREATE TABLE replicas (
  id         TEXT PRIMARY KEY,   -- of one run of the program
  name       TEXT NOT NULL,
  beat       INTEGER NOT NULL,
  started_at INTEGER NOT NULL
);
ALTER TABLE devices ADD COLUMN replica TEXT NOT NULL DEFAULT '';  -- replicas.id; empty: nobody knows
CREATE INDEX devices_by_replica ON devices (replica) WHERE replica != '';

-- +goose Down
DROP INDEX devices_by_replica;
ALTER TABLE devices DROP COLUMN replica;
DROP TABLE replicas;
