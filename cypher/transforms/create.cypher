// mode: write
// returns: uid
// parameters: facts, created_at, user, older, older_slot
// `older` is the uid of the version before, or null: it stops being the latest and takes `older_slot`.
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
WITH u
OPTIONAL MATCH (old:Transform {uid: $older})
SET old.is_latest = false, old.slot = $older_slot
CREATE (t:Transform)
SET t = $facts, t.created_at = datetime($created_at)
CREATE (t)-[:CREATED_BY]->(u)
FOREACH (each IN CASE WHEN old IS NULL THEN [] ELSE [old] END | CREATE (t)-[:REVISION_OF]->(each))
RETURN t.uid AS uid
