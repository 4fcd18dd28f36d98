// mode: write
// returns: uid
// parameters: facts, created_at, started_at, user, transform
// No row when the transform is not in the graph.
MATCH (t:Transform {uid: $transform})
MERGE (u:User {slot: $user.slot})
ON CREATE SET u += $user, u.created_at = datetime($created_at)
MERGE (r:Run {uid: $facts.uid})
ON CREATE SET r += $facts, r.created_at = datetime($created_at), r.started_at = datetime($started_at)
MERGE (r)-[:RUN_OF]->(t)
MERGE (r)-[:CREATED_BY]->(u)
RETURN r.uid AS uid
