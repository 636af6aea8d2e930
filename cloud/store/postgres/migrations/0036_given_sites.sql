-- Which sites people have otherwise than by a group of the directory: they keep them when
-- they leave the group.

-- +goose Up
ALTER TABLE profile_sites ADD COLUMN by_hand BOOLEAN NOT NULL DEFAULT FALSE; -- by somebody, a list, a link; FALSE: by groups, or by an earlier program
UPDATE profile_sites SET by_hand = TRUE WHERE NOT EXISTS (SELECT 1 FROM directory_members m JOIN directory_groups g ON g.id = m.unit
  JOIN units u ON u.org = g.org AND u.name = g.name WHERE m.profile = profile_sites.profile AND u.site = profile_sites.site);

-- +goose Down
ALTER TABLE profile_sites DROP COLUMN by_hand;
