-- What a damaged store left behind.

-- +goose Up
-- Rows that can be read and are not what was written: wire.JournalRow, as the
-- cloud gets them, which puts them into quarantine.
CREATE TABLE damaged (
  stream BLOB NOT NULL,
  seq    INTEGER NOT NULL,
  row    BLOB NOT NULL,
  held   INTEGER NOT NULL,
  PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

ALTER TABLE streams ADD COLUMN held INTEGER NOT NULL DEFAULT 0;  -- 1: of whoever this tablet was before; not to be sent, only exported
ALTER TABLE streams ADD COLUMN salvaged INTEGER NOT NULL DEFAULT 0; -- 1: of a damaged store; its rows stay as they are and go out as such
ALTER TABLE streams ADD COLUMN done INTEGER NOT NULL DEFAULT 0;  -- 1: an old stream of which nothing waits any more

-- +goose Down
ALTER TABLE streams DROP COLUMN done;
ALTER TABLE streams DROP COLUMN salvaged;
ALTER TABLE streams DROP COLUMN held;
DROP TABLE damaged;
