// mode: write
// returns: uid
// parameters: rows
// Ends runs whose process is gone, each row with its `uid`, `finished_us` and `finished_at`, unless somebody has ended
// one since it was read. Each is locked before its status is read.
UNWIND $rows AS row
MATCH (r:Run {uid: row.uid})
SET r.last_us = r.last_us
WITH r, row
WHERE r.status = 'running'
SET r.status = 'abandoned', r.finished_us = row.finished_us, r.finished_at = datetime(row.finished_at)
RETURN r.uid AS uid
