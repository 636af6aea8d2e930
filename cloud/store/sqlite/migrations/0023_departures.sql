-- Organisations that were moved to another database. This one has nothing more to
-- say about them, and takes nothing in.

-- +goose Up
CREATE TABLE departures (
  org TEXT PRIMARY KEY,
  at  INTEGER NOT NULL
);

-- +goose Down
DROP TABLE departures;
