-- +goose Up
-- What was settled of a stream that was left and of which nothing is here any more.
CREATE TABLE bygone (
  stream  INTEGER PRIMARY KEY REFERENCES streams (no),
  through INTEGER NOT NULL,  -- the cloud had every row up to this one, and all that came behind was told again in another stream
  hash    BLOB NOT NULL      -- of that row
) STRICT;

-- +goose Down
DROP TABLE bygone;
