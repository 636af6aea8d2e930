-- What a search looks through stands in the index that gives the list its order: it
-- goes through one narrow index and not through the people themselves.

-- +goose Up
DROP INDEX profiles_by_name;
CREATE INDEX profiles_by_name ON profiles (org, sort_key, id, search, email, phone, external_id) WHERE removed_at = 0;
DROP INDEX profiles_by_status;
CREATE INDEX profiles_by_status ON profiles (org, status, sort_key, id, search) WHERE removed_at = 0;
CREATE INDEX profiles_by_reason ON profiles (org, status, reason) WHERE reason != '' AND removed_at = 0;

-- +goose Down
DROP INDEX profiles_by_reason;
DROP INDEX profiles_by_status;
CREATE INDEX profiles_by_status ON profiles (org, status, sort_key, id) WHERE removed_at = 0;
DROP INDEX profiles_by_name;
CREATE INDEX profiles_by_name ON profiles (org, sort_key, id) WHERE removed_at = 0;
