-- Punches taken without a line, where a site has somebody approve them: an
-- attendance.Approval, and who decided when.

-- +goose Up
ALTER TABLE punches ADD COLUMN approval TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE punches ADD COLUMN approval_by TEXT COLLATE "C" NOT NULL DEFAULT '';   -- users.id
ALTER TABLE punches ADD COLUMN approval_at BIGINT NOT NULL DEFAULT 0;
-- Came while an older program ran that doesn't know the mark: by the raw log, in which
-- PunchPayload.needs_approval is the last field.
UPDATE punches SET approval = 'waiting' WHERE id IN (SELECT CAST(CAST(encode(id, 'hex') AS uuid) AS text)
  FROM raw_rows WHERE kind = 'punch' AND substring(payload FROM greatest(length(payload) - 1, 1)) = '\x2801'::bytea);
-- Decided before somebody went back a version: by the audit log, whose subject ends in the
-- punch's id. The latest counts.
UPDATE punches SET approval = d.verdict, approval_by = d.user_id, approval_at = d.at
  FROM (SELECT org, right(subject, 36) AS punch, CASE action WHEN 'approve-punch' THEN 'approved' ELSE 'rejected' END AS verdict, user_id, at,
    row_number() OVER (PARTITION BY org, right(subject, 36) ORDER BY id DESC) AS n FROM audit WHERE action IN ('approve-punch', 'reject-punch')) AS d
  WHERE d.n = 1 AND d.punch = punches.id AND d.org = punches.org AND punches.approval = 'waiting';
CREATE INDEX punches_by_approval ON punches (org, approval, at) WHERE approval != '';

-- +goose Down
DROP INDEX punches_by_approval;
ALTER TABLE punches DROP COLUMN approval_at;
ALTER TABLE punches DROP COLUMN approval_by;
ALTER TABLE punches DROP COLUMN approval;
UPDATE sites SET offline = 'allowed' WHERE offline = 'approval';
