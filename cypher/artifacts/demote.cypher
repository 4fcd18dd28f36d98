// mode: write
// returns: demoted
// parameters: rows
// These versions are no longer the latest: each row gives `uid`, its `slot` from now on, and `replaced`, which says that
// new bytes lie where theirs were.
UNWIND $rows AS row
MATCH (a:Artifact {uid: row.uid})
SET a.is_latest = false, a.slot = row.slot, a.folded = null, a.replaced = row.replaced
RETURN count(a) AS demoted
