// mode: write
// returns: created
// parameters: rows, created_at, user
// Each row gives `facts`, `created_at`, and `older` with `older_slot`: the uid of the version before, or null; it stops
// being the latest and takes `older_slot`.
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
WITH u
UNWIND $rows AS row
OPTIONAL MATCH (old:Transform {uid: row.older})
SET old.is_latest = false, old.slot = row.older_slot
CREATE (t:Transform)
SET t = row.facts, t.created_at = datetime(row.created_at)
CREATE (t)-[:CREATED_BY]->(u)
FOREACH (each IN CASE WHEN old IS NULL THEN [] ELSE [old] END | CREATE (t)-[:REVISION_OF]->(each))
RETURN count(t) AS created
