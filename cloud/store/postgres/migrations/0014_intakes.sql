-- Lists of people from spreadsheets, on their way to becoming profiles.

-- +goose Up
CREATE TABLE intakes (
  id           TEXT COLLATE "C" PRIMARY KEY,
  org          TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  user_id      TEXT COLLATE "C" NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL,                 -- intake.Kind
  name         TEXT COLLATE "C" NOT NULL,                 -- of the file
  site         TEXT COLLATE "C" NOT NULL DEFAULT '',      -- of new people whose row names none
  at           BIGINT NOT NULL,
  stage        TEXT COLLATE "C" NOT NULL,                 -- intake.Stage
  sheet        TEXT COLLATE "C" NOT NULL DEFAULT '{}',    -- intake.Sheet as JSON
  problem      TEXT COLLATE "C" NOT NULL DEFAULT '{}',    -- intake.Problem as JSON
  rows_read    BIGINT NOT NULL DEFAULT 0,
  rows_written BIGINT NOT NULL DEFAULT 0,
  line         BIGINT NOT NULL DEFAULT 0,    -- all rows up to this one are written
  counts       TEXT COLLATE "C" NOT NULL DEFAULT '{}',    -- rows by verdict
  sends        TEXT COLLATE "C" NOT NULL DEFAULT '{}',    -- rows by what an invitation would do
  confirmed    TEXT COLLATE "C" NOT NULL DEFAULT '{}',    -- intake.Confirmation as JSON
  batch        TEXT COLLATE "C" NOT NULL DEFAULT '',      -- batches.id of the invitations
  held         BOOLEAN NOT NULL DEFAULT FALSE,
  lease        TEXT COLLATE "C" NOT NULL DEFAULT '',      -- the worker that has it
  leased_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX intakes_by_time ON intakes (org, at, id);
CREATE INDEX intakes_to_do ON intakes (leased_until) WHERE stage IN ('reading', 'writing');
CREATE INDEX intakes_by_age ON intakes (at);

-- What is still to be read. It goes when it has been.
CREATE TABLE intake_files (
  intake TEXT COLLATE "C" PRIMARY KEY REFERENCES intakes (id) ON DELETE CASCADE,
  file   BYTEA NOT NULL
);

CREATE TABLE intake_rows (
  intake  TEXT COLLATE "C" NOT NULL REFERENCES intakes (id) ON DELETE CASCADE,
  line    BIGINT NOT NULL,
  verdict TEXT COLLATE "C" NOT NULL,                      -- intake.Verdict
  person  TEXT COLLATE "C" NOT NULL DEFAULT '',           -- profiles.id, of a new one before it is there; empty: refused
  sends   TEXT COLLATE "C" NOT NULL DEFAULT '',           -- intake.Row.Sends
  data    TEXT COLLATE "C" NOT NULL,                      -- intake.Row as JSON
  PRIMARY KEY (intake, line)
);
CREATE INDEX intake_rows_by_verdict ON intake_rows (intake, verdict, line);

-- Numbers of people who left are nobody else's.
CREATE INDEX profiles_gone_by_number ON profiles (org, lower(number)) WHERE removed_at != 0;

-- +goose Down
DROP INDEX profiles_gone_by_number; DROP TABLE intake_rows; DROP TABLE intake_files; DROP TABLE intakes;
