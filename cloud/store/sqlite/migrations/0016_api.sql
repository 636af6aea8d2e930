-- What a token is for, what came of requests that may come twice, and from where
-- something was done.

-- +goose Up
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '';          -- with spaces; '': everything
ALTER TABLE tokens ADD COLUMN auto_invite INTEGER NOT NULL DEFAULT 0;   -- whom it creates is invited at once

ALTER TABLE audit ADD COLUMN via TEXT NOT NULL DEFAULT '';              -- access.Origin
ALTER TABLE audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN person TEXT NOT NULL DEFAULT '';           -- to whom; '': nobody in particular
UPDATE audit SET person = COALESCE((SELECT p.id FROM profiles p WHERE p.org = audit.org AND p.id = substr(audit.subject, 1, 36)), '');
DROP INDEX audit_by_time;
CREATE INDEX audit_by_time ON audit (org, at, id);
CREATE INDEX audit_by_user ON audit (org, user_id, at, id);
CREATE INDEX audit_by_action ON audit (org, action, at, id);
CREATE INDEX audit_by_person ON audit (org, person, at, id) WHERE person != '';

-- Each row is a POST with an Idempotency-Key. Neither key nor answer can be read
-- from it: the answer is sealed with the token and the key of who asked.
CREATE TABLE repeats (
  id      BLOB PRIMARY KEY,              -- SHA-256 of token and key
  org     TEXT NOT NULL REFERENCES orgs (id),
  request BLOB NOT NULL,                 -- SHA-256
  status  INTEGER NOT NULL DEFAULT 0,    -- 0: under way
  answer  BLOB NOT NULL DEFAULT x'',
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX repeats_by_age ON repeats (at);

CREATE INDEX blocks_by_time ON blocks (org, since, address);

-- +goose Down
DROP INDEX blocks_by_time;
DROP TABLE repeats;
DROP INDEX audit_by_person; DROP INDEX audit_by_action; DROP INDEX audit_by_user; DROP INDEX audit_by_time;
CREATE INDEX audit_by_time ON audit (org, at);
ALTER TABLE audit DROP COLUMN person; ALTER TABLE audit DROP COLUMN token; ALTER TABLE audit DROP COLUMN address; ALTER TABLE audit DROP COLUMN via;
ALTER TABLE tokens DROP COLUMN auto_invite; ALTER TABLE tokens DROP COLUMN scopes;
