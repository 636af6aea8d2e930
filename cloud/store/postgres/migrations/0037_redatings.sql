-- Rows whose times are to be told anew, where that is too much for the delivery that showed
-- it.

-- +goose Up
CREATE TABLE redatings (
  device TEXT COLLATE "C" NOT NULL,
  stream BYTEA NOT NULL,
  org    TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  low    BIGINT NOT NULL, -- the first row that isn't told yet
  high   BIGINT NOT NULL,
  since  BIGINT NOT NULL, -- whose turn it is
  PRIMARY KEY (device, stream)
);

-- +goose Down
-- What waits keeps the time that is told of it; the raw log has what it needs.
DROP TABLE redatings;
