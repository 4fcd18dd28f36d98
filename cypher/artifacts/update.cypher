// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record that is not there gives no row.
UNWIND $rows AS row
MATCH (a:Artifact {uid: row.uid})
SET a += row.changes
RETURN a.uid AS uid
