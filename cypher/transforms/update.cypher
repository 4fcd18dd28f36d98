// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record that is not there gives no row.
UNWIND $rows AS row
MATCH (t:Transform {uid: row.uid})
SET t += row.changes
RETURN t.uid AS uid
