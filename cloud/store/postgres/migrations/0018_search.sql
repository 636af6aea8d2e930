-- A search finds a text in the midst of a name by its trigrams. pg_trgm comes with
-- PostgreSQL, and the owner of a database may use it; where it is not there or not
-- allowed, a search goes through everybody.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX profiles_by_text ON profiles USING gin (search gin_trgm_ops, email gin_trgm_ops, phone gin_trgm_ops, external_id gin_trgm_ops) WHERE removed_at = 0;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'search goes without pg_trgm: %', SQLERRM;
END
$$;
-- +goose StatementEnd
CREATE INDEX profiles_by_reason ON profiles (org, status, reason) WHERE reason != '' AND removed_at = 0;

-- +goose Down
DROP INDEX profiles_by_reason;
DROP INDEX IF EXISTS profiles_by_text;
