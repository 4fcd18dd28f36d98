// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record that is not there gives no row.
UNWIND $rows AS row
MATCH (r:Run {uid: row.uid})
SET r += row.changes
RETURN r.uid AS uid
