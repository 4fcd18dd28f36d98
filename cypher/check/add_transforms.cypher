// mode: write
// returns: added
// parameters: pairs
// Counting `step` locks the transform, see runs/link.
UNWIND $pairs AS pair
MATCH (t:Transform {uid: pair[0]})
MATCH (p:Transform {uid: pair[1]})
SET t.step = coalesce(t.step, 0) + 1
MERGE (t)-[:PREDECESSOR {by: 'run'}]->(p)
RETURN count(*) AS added
