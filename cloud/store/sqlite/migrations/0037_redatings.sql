-- Rows whose times are to be told anew, where that is too much for the delivery that showed
-- it.

-- +goose Up
CREATE TABLE redatings (
  device TEXT NOT NULL,
  stream BLOB NOT NULL,
  org    TEXT NOT NULL REFERENCES orgs (id),
  low    INTEGER NOT NULL, -- the first row that isn't told yet
  high   INTEGER NOT NULL,
  since  INTEGER NOT NULL, -- whose turn it is
  PRIMARY KEY (device, stream)
) STRICT;

-- +goose Down
-- What waits keeps the time that is told of it; the raw log has what it needs.
DROP TABLE redatings;
