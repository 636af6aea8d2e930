-- Of a tablet's rows few lie in quarantine with what came, and each acknowledgement
-- looks for them.

-- +goose Up
CREATE INDEX quarantine_bodies ON quarantine (device, stream, seq) WHERE body IS NOT NULL;

-- +goose Down
DROP INDEX quarantine_bodies;
