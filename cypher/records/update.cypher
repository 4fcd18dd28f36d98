// mode: write
// returns: uid, was_hidden
// parameters: rows
// Each row gives `uid` and `changes`; a record of the label that is not there gives no row.
UNWIND $rows AS row
MATCH (n:LABEL {uid: row.uid})
WITH n, row, coalesce(n.deleted, false) AS was_hidden
SET n += row.changes
RETURN n.uid AS uid, was_hidden
