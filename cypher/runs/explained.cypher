// mode: read
// returns: pairs
// parameters: uid
// The PREDECESSOR edges of transforms that this run explains and no other: each pair is its transform and another one.
MATCH (r:Run {uid: $uid})-[:PREDECESSOR]->(:Run)-[:RUN_OF]->(q:Transform)
WITH DISTINCT r, q
MATCH (r)-[:RUN_OF]->(t:Transform)
WHERE t.uid <> q.uid
AND NOT EXISTS { MATCH (q)<-[:RUN_OF]-(:Run)<-[:PREDECESSOR]-(s:Run)-[:RUN_OF]->(t) WHERE s.uid <> $uid }
RETURN collect([t.uid, q.uid]) AS pairs
