-- What is to be told anew once all of a journal is that waits now, and how often what was
-- reckoned held no more when it was to be told.

-- +goose Up
ALTER TABLE redatings ADD COLUMN again_low INTEGER NOT NULL DEFAULT 0;
ALTER TABLE redatings ADD COLUMN again_high INTEGER NOT NULL DEFAULT 0; -- 0: nothing
ALTER TABLE redatings ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;

-- +goose Down
UPDATE redatings SET low = CASE WHEN again_low < low THEN again_low ELSE low END, high = CASE WHEN again_high > high THEN again_high ELSE high END WHERE again_high > 0;
ALTER TABLE redatings DROP COLUMN tries;
ALTER TABLE redatings DROP COLUMN again_high;
ALTER TABLE redatings DROP COLUMN again_low;
