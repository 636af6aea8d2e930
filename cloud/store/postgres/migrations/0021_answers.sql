-- What people answer at a tablet when they are asked to join.

-- +goose Up
ALTER TABLE profiles ADD COLUMN answer_id TEXT COLLATE "C" NOT NULL DEFAULT '';       -- the row of the newest answer at a tablet
ALTER TABLE profiles ADD COLUMN answer_outcome TEXT COLLATE "C" NOT NULL DEFAULT '';  -- invite.AnswerOutcome

-- +goose Down
ALTER TABLE profiles DROP COLUMN answer_outcome;
ALTER TABLE profiles DROP COLUMN answer_id;
