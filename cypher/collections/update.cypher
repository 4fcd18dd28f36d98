// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record that is not there gives no row.
UNWIND $rows AS row
MATCH (c:Collection {uid: row.uid})
SET c += row.changes
RETURN c.uid AS uid
