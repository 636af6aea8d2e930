-- The life of people's face references. A picture is kept under a key of its own,
-- which is wrapped by a key of the cloud that is not in this database.

-- +goose Up
CREATE TABLE face_ids (
  profile      TEXT PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
  org          TEXT NOT NULL REFERENCES orgs (id),
  state        TEXT NOT NULL,              -- faceid.State
  since        INTEGER NOT NULL,
  requested_at INTEGER NOT NULL DEFAULT 0,
  mailed_at    INTEGER NOT NULL DEFAULT 0,
  consent      TEXT NOT NULL DEFAULT '',   -- faceid.Consent: the version of the text
  language     TEXT NOT NULL DEFAULT '',   -- and its language
  agreed_at    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX face_ids_requested ON face_ids (requested_at) WHERE state = 'requested';

CREATE TABLE face_pictures (
  id       TEXT PRIMARY KEY,               -- drawn at random for each picture
  org      TEXT NOT NULL REFERENCES orgs (id),
  profile  TEXT NOT NULL UNIQUE REFERENCES profiles (id),
  key_name TEXT NOT NULL,                  -- of the cloud's key
  wrapped  BLOB NOT NULL,                  -- the picture's key, sealed with that
  sealed   BLOB NOT NULL,                  -- the picture, sealed with its own key
  digest   BLOB NOT NULL,                  -- SHA-256 of sealed
  given_at INTEGER NOT NULL
) STRICT;

-- What was destroyed and when; not whose it was.
CREATE TABLE face_purges (
  id        TEXT PRIMARY KEY,              -- face_pictures.id
  org       TEXT NOT NULL REFERENCES orgs (id),
  cause     TEXT NOT NULL,                 -- faceid.Cause
  digest    BLOB NOT NULL,
  given_at  INTEGER NOT NULL,
  purged_at INTEGER NOT NULL,
  wiped_at  INTEGER NOT NULL DEFAULT 0     -- when what the database keeps of deleted rows was cleared; 0: not yet
) STRICT;
CREATE INDEX face_purges_unwiped ON face_purges (purged_at) WHERE wiped_at = 0;

-- +goose Down
-- Pictures and consents are lost; an older cloud could neither show nor withdraw them.
DROP TABLE face_purges;
DROP TABLE face_pictures;
DROP TABLE face_ids;
