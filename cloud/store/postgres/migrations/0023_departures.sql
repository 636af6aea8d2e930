-- Organisations that were moved to another database. This one has nothing more to
-- say about them, and takes nothing in.

-- +goose Up
CREATE TABLE departures (
  org TEXT COLLATE "C" PRIMARY KEY,
  at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE departures;
