// mode: write
// returns: added
// parameters: pairs
// Counting `step` locks the run, see runs/link.
UNWIND $pairs AS pair
MATCH (r:Run {uid: pair[0]})
MATCH (p:Run {uid: pair[1]})
SET r.step = coalesce(r.step, 0) + 1
MERGE (r)-[:PREDECESSOR]->(p)
RETURN count(*) AS added
