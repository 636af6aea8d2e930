-- What the company's directory tells of people and groups over SCIM. The tables may be
-- there already: they stay when somebody goes back a version.

-- +goose Up
CREATE TABLE IF NOT EXISTS directory_people (
  profile     TEXT COLLATE "C" PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
  org         TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  user_name   TEXT COLLATE "C" NOT NULL,
  folded      TEXT COLLATE "C" NOT NULL,              -- user_name in lower case
  ended       BOOLEAN NOT NULL,                       -- the directory says that the person is gone
  was_blocked BOOLEAN NOT NULL,                       -- while ended: profiles.blocked before
  created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS directory_people_by_name ON directory_people (org, folded);

CREATE TABLE IF NOT EXISTS directory_groups (
  id          TEXT COLLATE "C" PRIMARY KEY,
  org         TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  name        TEXT COLLATE "C" NOT NULL,              -- let in where units has it
  folded      TEXT COLLATE "C" NOT NULL,              -- name in lower case
  external_id TEXT COLLATE "C" NOT NULL,
  created_at  BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL                         -- greater with each change
);
CREATE UNIQUE INDEX IF NOT EXISTS directory_groups_by_name ON directory_groups (org, folded);

CREATE TABLE IF NOT EXISTS directory_members (
  unit    TEXT COLLATE "C" NOT NULL REFERENCES directory_groups (id) ON DELETE CASCADE,
  profile TEXT COLLATE "C" NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
  PRIMARY KEY (unit, profile)
);
CREATE INDEX IF NOT EXISTS directory_members_by_person ON directory_members (profile);

-- +goose Down
-- Everything stays, out of the earlier program's sight: it alone says how those stood whom
-- the directory ended, and they stay outside meanwhile. Below the first version it goes.
SELECT 1;
