// mode: write
// returns: named
// parameters: transform, predecessors
// The edges that a person names. Counting `step` locks the transform, see runs/link.
MATCH (t:Transform {uid: $transform})
SET t.step = coalesce(t.step, 0) + 1
WITH t
MATCH (p:Transform) WHERE p.uid IN $predecessors
MERGE (t)-[:PREDECESSOR {by: 'hand'}]->(p)
RETURN count(p) AS named
