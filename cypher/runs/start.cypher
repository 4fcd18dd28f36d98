// mode: write
// returns: uid
// parameters: rows, created_at, user
// Each row gives `facts`, `created_at`, `started_at` and the `transform`'s uid; one whose transform is not in the graph
// gives no row.
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
WITH u
UNWIND $rows AS row
MATCH (t:Transform {uid: row.transform})
MERGE (r:Run {uid: row.facts.uid})
ON CREATE SET r += row.facts, r.created_at = datetime(row.created_at), r.started_at = datetime(row.started_at)
MERGE (r)-[:RUN_OF]->(t)
MERGE (r)-[:CREATED_BY]->(u)
RETURN r.uid AS uid
