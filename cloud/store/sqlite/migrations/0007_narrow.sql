-- Lists of punches and refusals are read from narrower indexes. A site and a person
-- are one organisation's, so that the organisation needs no place beside them; and
-- those of one microsecond are sorted by id when they are read. Ingest spends most
-- of its time on these indexes.

-- +goose Up
DROP INDEX punches_by_time;
DROP INDEX punches_by_profile;
DROP INDEX punches_by_site;
CREATE INDEX punches_by_time ON punches (org, at);
CREATE INDEX punches_by_profile ON punches (profile, at);
CREATE INDEX punches_by_site ON punches (site, at);
DROP INDEX refusals_by_time;
DROP INDEX refusals_by_profile;
DROP INDEX refusals_by_site;
CREATE INDEX refusals_by_time ON refusals (org, at);
CREATE INDEX refusals_by_profile ON refusals (profile, at);
CREATE INDEX refusals_by_site ON refusals (site, at);

-- +goose Down
DROP INDEX punches_by_time;
DROP INDEX punches_by_profile;
DROP INDEX punches_by_site;
CREATE INDEX punches_by_time ON punches (org, at, id);
CREATE INDEX punches_by_profile ON punches (org, profile, at, id);
CREATE INDEX punches_by_site ON punches (org, site, at, id);
DROP INDEX refusals_by_time;
DROP INDEX refusals_by_profile;
DROP INDEX refusals_by_site;
CREATE INDEX refusals_by_time ON refusals (org, at, id);
CREATE INDEX refusals_by_profile ON refusals (org, profile, at, id);
CREATE INDEX refusals_by_site ON refusals (org, site, at, id);
