-- The life of people's face references. A picture is kept under a key of its own,
-- which is wrapped by a key of the cloud that is not in this database.

-- +goose Up
CREATE TABLE face_ids (
  profile      TEXT COLLATE "C" PRIMARY KEY REFERENCES profiles (id) ON DELETE CASCADE,
  org          TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  state        TEXT COLLATE "C" NOT NULL,              -- faceid.State
  since        BIGINT NOT NULL,
  requested_at BIGINT NOT NULL DEFAULT 0,
  mailed_at    BIGINT NOT NULL DEFAULT 0,
  consent      TEXT COLLATE "C" NOT NULL DEFAULT '',   -- faceid.Consent: the version of the text
  language     TEXT COLLATE "C" NOT NULL DEFAULT '',   -- and its language
  agreed_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX face_ids_requested ON face_ids (requested_at) WHERE state = 'requested';

CREATE TABLE face_pictures (
  id       TEXT COLLATE "C" PRIMARY KEY,               -- drawn at random for each picture
  org      TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  profile  TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES profiles (id),
  key_name TEXT COLLATE "C" NOT NULL,                  -- of the cloud's key
  wrapped  BYTEA NOT NULL,                  -- the picture's key, sealed with that
  sealed   BYTEA NOT NULL,                  -- the picture, sealed with its own key
  digest   BYTEA NOT NULL,                  -- SHA-256 of sealed
  given_at BIGINT NOT NULL
);

-- What was destroyed and when; not whose it was.
CREATE TABLE face_purges (
  id        TEXT COLLATE "C" PRIMARY KEY,              -- face_pictures.id
  org       TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
  cause     TEXT COLLATE "C" NOT NULL,                 -- faceid.Cause
  digest    BYTEA NOT NULL,
  given_at  BIGINT NOT NULL,
  purged_at BIGINT NOT NULL,
  wiped_at  BIGINT NOT NULL DEFAULT 0     -- when what the database keeps of deleted rows was cleared; 0: not yet
);
CREATE INDEX face_purges_unwiped ON face_purges (purged_at) WHERE wiped_at = 0;

-- +goose Down
-- Pictures and consents are lost; an older cloud could neither show nor withdraw them.
DROP TABLE face_purges;
DROP TABLE face_pictures;
DROP TABLE face_ids;
