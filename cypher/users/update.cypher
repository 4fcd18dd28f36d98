// mode: write
// returns: uid
// parameters: rows
// Each row gives `uid` and `changes`; a record that is not there gives no row.
UNWIND $rows AS row
MATCH (u:User {uid: row.uid})
SET u += row.changes
RETURN u.uid AS uid
