-- Lists of people from spreadsheets, on their way to becoming profiles.

-- +goose Up
CREATE TABLE intakes (
  id           TEXT PRIMARY KEY,
  org          TEXT NOT NULL REFERENCES orgs (id),
  user_id      TEXT NOT NULL,
  kind         TEXT NOT NULL,                 -- intake.Kind
  name         TEXT NOT NULL,                 -- of the file
  site         TEXT NOT NULL DEFAULT '',      -- of new people whose row names none
  at           INTEGER NOT NULL,
  stage        TEXT NOT NULL,                 -- intake.Stage
  sheet        TEXT NOT NULL DEFAULT '{}',    -- intake.Sheet as JSON
  problem      TEXT NOT NULL DEFAULT '{}',    -- intake.Problem as JSON
  rows_read    INTEGER NOT NULL DEFAULT 0,
  rows_written INTEGER NOT NULL DEFAULT 0,
  line         INTEGER NOT NULL DEFAULT 0,    -- all rows up to this one are written
  counts       TEXT NOT NULL DEFAULT '{}',    -- rows by verdict
  sends        TEXT NOT NULL DEFAULT '{}',    -- rows by what an invitation would do
  confirmed    TEXT NOT NULL DEFAULT '{}',    -- intake.Confirmation as JSON
  batch        TEXT NOT NULL DEFAULT '',      -- batches.id of the invitations
  held         INTEGER NOT NULL DEFAULT 0,
  lease        TEXT NOT NULL DEFAULT '',      -- the worker that has it
  leased_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX intakes_by_time ON intakes (org, at, id);
CREATE INDEX intakes_to_do ON intakes (leased_until) WHERE stage IN ('reading', 'writing');
CREATE INDEX intakes_by_age ON intakes (at);

-- What is still to be read. It goes when it has been.
CREATE TABLE intake_files (
  intake TEXT PRIMARY KEY REFERENCES intakes (id) ON DELETE CASCADE,
  file   BLOB NOT NULL
) STRICT;

CREATE TABLE intake_rows (
  intake  TEXT NOT NULL REFERENCES intakes (id) ON DELETE CASCADE,
  line    INTEGER NOT NULL,
  verdict TEXT NOT NULL,                      -- intake.Verdict
  person  TEXT NOT NULL DEFAULT '',           -- profiles.id, of a new one before it is there; empty: refused
  sends   TEXT NOT NULL DEFAULT '',           -- intake.Row.Sends
  data    TEXT NOT NULL,                      -- intake.Row as JSON
  PRIMARY KEY (intake, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX intake_rows_by_verdict ON intake_rows (intake, verdict, line);

-- Numbers of people who left are nobody else's.
CREATE INDEX profiles_gone_by_number ON profiles (org, lower(number)) WHERE removed_at != 0;

-- +goose Down
DROP INDEX profiles_gone_by_number; DROP TABLE intake_rows; DROP TABLE intake_files; DROP TABLE intakes;
