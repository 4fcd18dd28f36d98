// mode: write
// returns: members
// parameters: facts, created_at, user, older, older_slot, artifacts
// `artifacts` are the members: the uid and the position of each.
// `older` is the uid of the version before, or null: it stops being the latest and takes `older_slot`.
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
WITH u
OPTIONAL MATCH (old:Collection {uid: $older})
SET old.is_latest = false, old.slot = $older_slot
CREATE (c:Collection)
SET c = $facts, c.created_at = datetime($created_at)
CREATE (c)-[:CREATED_BY]->(u)
FOREACH (each IN CASE WHEN old IS NULL THEN [] ELSE [old] END | CREATE (c)-[:REVISION_OF]->(each))
WITH c
UNWIND $artifacts AS member
MATCH (a:Artifact {uid: member.uid})
CREATE (a)-[:MEMBER_OF {position: member.position}]->(c)
RETURN collect(a.uid) AS members
