// mode: write
// returns: demoted
// parameters: rows
// These versions are no longer the latest; `replaced` says that new bytes now lie where theirs were.
UNWIND $rows AS row
MATCH (a:Artifact {uid: row.uid})
SET a.is_latest = false, a.head = null, a.replaced = row.replaced
RETURN count(a) AS demoted
