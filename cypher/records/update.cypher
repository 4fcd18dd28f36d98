// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record of the label that is not there gives no row.
UNWIND $rows AS row
MATCH (n:LABEL {uid: row.uid})
SET n += row.changes
RETURN n.uid AS uid
