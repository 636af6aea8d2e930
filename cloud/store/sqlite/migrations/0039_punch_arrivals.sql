-- The order in which punches came that somebody has to approve. No clock has a say in it:
-- the cloud's own may have been wrong. Each database counts for itself, and so do clouds of
-- an earlier version on it.

-- +goose Up
CREATE TABLE punch_arrivals (
  n     INTEGER PRIMARY KEY,                 -- grows; those of one transaction in any order
  punch TEXT NOT NULL UNIQUE REFERENCES punches (id)
) STRICT;
INSERT INTO punch_arrivals (punch) SELECT id FROM punches WHERE approval != '' ORDER BY received_at, id;
-- +goose StatementBegin
CREATE TRIGGER punch_arrived AFTER INSERT ON punches WHEN NEW.approval != ''
BEGIN INSERT INTO punch_arrivals (punch) VALUES (NEW.id); END;
-- +goose StatementEnd

-- +goose Down
-- On the way up again they are counted by when the cloud had them.
DROP TRIGGER punch_arrived;
DROP TABLE punch_arrivals;
